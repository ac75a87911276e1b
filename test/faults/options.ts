import { randomBytes } from "node:crypto";
import {
  among,
  nothingElse,
  numberFrom,
  readCommandLine,
  type Usage,
  WrongUsage,
} from "../../script/command-line.ts";
import { type FaultKind, kindsFor, type Topology, topologies } from "./faults.ts";

/** What `npm run faults` is asked for. */
export type Task = { readonly seed: string } & (
  | { readonly kind: "deploy" | "herd"; readonly clients: number }
  | {
      readonly kind: "rounds";
      readonly topology: Topology;
      readonly faults: readonly FaultKind[];
      readonly people: number;
      readonly nodes: number;
      /** Every kind of fault alone, instead of all of them until the time is up. */
      readonly each: boolean;
      readonly minutes: number;
      readonly roundSeconds: number;
    }
);

export const help = `npm run faults [-- options]

Kills, freezes, cuts and slows processes and lines while people talk, and checks what everybody saw.
Exit code 1: a promise was broken.

  --minutes <number>     rounds with all kinds of faults for so long; 5 unless told
  --round <seconds>      how long a round takes; 60 unless told
  --each                 every kind of fault alone, with a verdict for each
  --faults <kind,…>      only these kinds
  --topology <name>      the Redis: ${topologies.join(", ")}
  --people <number>      who talk; 8 unless told
  --nodes <number>       chat nodes; 3 unless told
  --deploy               replaces every node under people who talk (--clients, 1000 unless told)
  --herd                 restarts the balancer under connections (--clients, 4000 unless told)
  --clients <number>     people or connections of these two
  --seed <text>          what is chosen by chance is chosen as in an earlier run
  --help                 print this

Kinds of faults: ${kindsFor("standalone").join(", ")}
`;

const aDay = 24 * 60;

/** Reads the command line. */
export function readTask(args: readonly string[]): Usage<Task> {
  return readCommandLine(
    args,
    {
      minutes: { type: "string", default: "5" },
      seed: { type: "string", default: randomBytes(4).toString("hex") },
      faults: { type: "string" },
      people: { type: "string", default: "8" },
      nodes: { type: "string", default: "3" },
      round: { type: "string", default: "60" },
      topology: { type: "string", default: "standalone" },
      each: { type: "boolean", default: false },
      deploy: { type: "boolean", default: false },
      herd: { type: "boolean", default: false },
      clients: { type: "string" },
    },
    (values, names): Task => {
      nothingElse(values, names);
      const { seed, deploy, herd, each } = values;
      if ([deploy, herd, each].filter(Boolean).length > 1)
        throw new WrongUsage("--deploy, --herd and --each are different runs: one at a time");
      if (deploy || herd) {
        const usual = deploy ? "1000" : "4000";
        const clients = numberFrom("clients", values.clients ?? usual, { least: 1, most: 20_000 });
        return { kind: deploy ? "deploy" : "herd", seed, clients };
      }
      if (values.clients !== undefined) throw new WrongUsage("--clients belongs to --deploy or --herd");
      const topology = among("topology", values.topology, topologies);
      const possible = kindsFor(topology);
      return {
        kind: "rounds",
        seed,
        topology,
        faults: values.faults?.split(",").map((kind) => among("fault", kind.trim(), possible)) ?? possible,
        people: numberFrom("people", values.people, { least: 2, most: 200 }),
        nodes: numberFrom("nodes", values.nodes, { least: 1, most: 16 }),
        each,
        minutes: numberFrom("minutes", values.minutes, { least: 0.1, most: aDay, whole: false }),
        roundSeconds: numberFrom("round", values.round, { least: 1, most: 3_600 }),
      };
    },
  );
}
