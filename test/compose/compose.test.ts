import { execFile, execFileSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { io, type Socket } from "socket.io-client";
import { DockerComposeEnvironment, type StartedDockerComposeEnvironment, Wait } from "testcontainers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../script/cluster/loopback.ts";
import { projectRoot } from "../../script/cluster/project.ts";
import { eventually } from "../support/wait.ts";

const engineTrouble = findEngineTrouble();
const project = `parley-test-${process.pid}`;
const everyMs = 20;
const adminToken = crypto.randomUUID();

/** Why the Compose test cannot run here; undefined: it can. */
function findEngineTrouble(): string | undefined {
  try {
    execFileSync("docker", ["info"], { stdio: "ignore", timeout: 20_000 });
    execFileSync("docker", ["compose", "version"], { stdio: "ignore", timeout: 20_000 });
    return undefined;
  } catch {
    return "no Docker engine with Compose answers";
  }
}

interface StoredEvent {
  seq: number;
  text: string;
}

/** Somebody in the lobby, who comes back after a lost connection and catches up, as the protocol says. */
interface Guest {
  readonly socket: Socket;
  /** Text by sequence, each as it was first received. */
  readonly heard: Map<number, string>;
  /** Sequences that on one connection did not follow the one before. */
  readonly outOfOrder: number[];
  readonly node: string;
}

describe.skipIf(engineTrouble !== undefined)(
  `docker compose${engineTrouble ? ` (${engineTrouble})` : ""}`,
  () => {
    let url: string;
    let environment: Record<string, string>;
    let compose: StartedDockerComposeEnvironment;
    const guests: Guest[] = [];

    beforeAll(async () => {
      // The containers are ended here, also after a failure; a further container that watches over them is not needed.
      process.env.TESTCONTAINERS_RYUK_DISABLED = "true";
      process.env.TESTCONTAINERS_HOST_OVERRIDE = "127.0.0.1";
      const port = await freePort();
      url = `http://127.0.0.1:${port}`;
      environment = {
        PARLEY_PORT: String(port),
        PARLEY_IMAGE: "parley-test",
        CHAT_NODES: "3",
        LIMIT_MESSAGES_PER_SECOND: "0",
        ADMIN_TOKEN: adminToken,
      };
      compose = await new DockerComposeEnvironment(projectRoot, "docker-compose.yml")
        .withProjectName(project)
        .withEnvironment({ ...(process.env as Record<string, string>), ...environment })
        .withBuild()
        .withDefaultWaitStrategy(Wait.forHealthCheck())
        .withWaitStrategy("secrets-1", Wait.forOneShotStartup())
        .withStartupTimeout(300_000)
        .up();
      await answers();
    });

    afterAll(async () => {
      for (const { socket } of guests) socket.disconnect();
      await compose?.down({ removeVolumes: true, timeout: 20_000 });
      await docker("image", "rm", "parley-test").catch(() => {});
    });

    const docker = async (...args: string[]) =>
      (await promisify(execFile)("docker", args, { env: { ...process.env, ...environment } })).stdout;
    const composeUp = (...args: string[]) =>
      docker("compose", "--project-directory", projectRoot, "-p", project, "up", "-d", ...args);
    const containers = async (service: string) =>
      (
        await docker(
          "ps",
          "-q",
          "--filter",
          `label=com.docker.compose.project=${project}`,
          "--filter",
          `label=com.docker.compose.service=${service}`,
        )
      )
        .trim()
        .split("\n");

    async function answers(): Promise<void> {
      await eventually(async () => (await fetch(`${url}/readyz`)).ok, { timeoutMs: 60_000 });
    }

    async function join(name: string): Promise<Guest> {
      const socket = io(url, {
        auth: { name },
        transports: ["websocket"],
        forceNew: true,
        reconnectionDelay: 50,
        reconnectionDelayMax: 500,
      });
      const heard = new Map<number, string>();
      const outOfOrder: number[] = [];
      let latest: number | undefined;
      let node = "";
      let cursor: string | undefined;
      let caughtUp = Promise.resolve();
      const take = (events: StoredEvent[]) => {
        for (const { seq, text } of events) heard.set(seq, text);
      };
      socket.on("welcome", (welcome) => {
        node = welcome.node;
        latest = undefined;
        if (welcome.token) socket.auth = { token: welcome.token };
        const since = cursor;
        if (since === undefined) return;
        caughtUp = socket.emitWithAck("room:sync", { rooms: { lobby: since } }).then(({ rooms }) => {
          take(rooms.lobby.events ?? rooms.lobby.messages);
        });
      });
      socket.on("room:events", (batch: { room: string; events: StoredEvent[]; cursor: string }) => {
        if (batch.room !== "lobby") return;
        for (const { seq } of batch.events) {
          if (latest !== undefined && seq !== latest + 1) outOfOrder.push(seq);
          latest = seq;
        }
        void caughtUp.then(() => {
          take(batch.events);
          cursor = batch.cursor;
        });
      });
      const guest: Guest = {
        socket,
        heard,
        outOfOrder,
        get node() {
          return node;
        },
      };
      guests.push(guest);
      await eventually(() => node !== "");
      return guest;
    }

    test("people talk across nodes while it grows and while a node is killed, and nothing is lost", async () => {
      const ada = await join("ada");
      let listener = await join("listener 0");
      for (let i = 1; listener.node === ada.node && i < 10; i++) listener = await join(`listener ${i}`);
      expect(listener.node).not.toBe(ada.node);

      // Ada talks without a pause until told to stop; what was not acknowledged she sends again with the same id.
      const acknowledged = new Map<number, string>();
      let talking = true;
      let said = 0;
      const talk = (async () => {
        while (talking) {
          const message = { room: "lobby", id: crypto.randomUUID(), text: `line ${said++}` };
          for (;;) {
            const answer = await ada.socket
              .timeout(3_000)
              .emitWithAck("message:send", message)
              .catch(() => undefined);
            if (answer?.ok) {
              expect(acknowledged.has(answer.seq)).toBe(false);
              acknowledged.set(answer.seq, message.text);
              break;
            }
          }
          await pause(everyMs);
        }
      })();
      const further = async (lines: number) => {
        const until = acknowledged.size + lines;
        await eventually(() => acknowledged.size >= until, { timeoutMs: 30_000 });
      };
      await further(20);

      await composeUp("--no-recreate", "--scale", "chat=5");
      expect(await containers("chat")).toHaveLength(5);
      // The new ones get people: they have the fewest.
      const before = new Set([ada.node, listener.node]);
      await eventually(
        async () => {
          const newcomer = await join(`newcomer ${guests.length}`);
          before.add(newcomer.node);
          return before.size === 5;
        },
        { timeoutMs: 60_000 },
      );
      await further(20);

      const victim = await containerOf(listener.node);
      const killedNode = listener.node;
      await docker("kill", "--signal", "KILL", victim);
      await eventually(() => listener.node !== killedNode, { timeoutMs: 15_000 });
      await further(20);
      const adasContainer = await containerOf(ada.node);
      const adasNode = ada.node;
      await docker("stop", adasContainer);
      expect(ada.node).not.toBe(adasNode);
      await further(20);
      talking = false;
      await talk;

      expect(acknowledged.size).toBe(said);
      const expected = [...acknowledged].sort(([a], [b]) => a - b);
      for (const person of [ada, listener]) {
        await eventually(() => expected.every(([seq]) => person.heard.has(seq)));
        const texts = [...person.heard].sort(([a], [b]) => a - b);
        expect(texts).toEqual(expected);
        expect(person.outOfOrder).toEqual([]);
      }
      // One sender's lines are in the order in which they were made.
      expect(expected.map(([, text]) => text)).toEqual(expected.map((_, index) => `line ${index}`));
    });

    test("the conversation outlives the containers", async () => {
      const before = await join("before");
      const marker = `kept ${crypto.randomUUID()}`;
      const sent = { room: "lobby", id: crypto.randomUUID(), text: marker };
      expect(await before.socket.emitWithAck("message:send", sent)).toMatchObject({ ok: true });
      before.socket.disconnect();
      await composeUp("--force-recreate", "--scale", "chat=2", "--wait");
      await answers();
      const after = await join("after");
      const page = await after.socket.emitWithAck("room:history", { room: "lobby" });
      expect(page.messages.map(({ text }: StoredEvent) => text)).toContain(marker);
    });

    test("containers hold no more rights than they need", async () => {
      for (const service of ["chat", "presence", "lb", "redis"]) {
        const [id = ""] = await containers(service);
        const [state] = JSON.parse(await docker("inspect", id));
        expect(state.HostConfig, service).toMatchObject({
          ReadonlyRootfs: true,
          CapDrop: ["ALL"],
          Privileged: false,
        });
        expect(state.HostConfig.SecurityOpt, service).toContain("no-new-privileges:true");
        expect(state.State.Health.Status, service).toBe("healthy");
        const status = await docker("exec", id, "cat", "/proc/1/status");
        expect(/^Uid:\t(\d+)/m.exec(status)?.[1], service).not.toBe("0");
      }
      const [redis = ""] = await containers("redis");
      const asNobody = await docker("exec", redis, "redis-cli", "ping");
      expect(asNobody).toContain("NOAUTH");
      const asHealth = (...command: string[]) =>
        docker(
          "exec",
          redis,
          "redis-cli",
          "--no-auth-warning",
          "--user",
          "health",
          "--pass",
          "none",
          ...command,
        );
      expect(await asHealth("ping")).toContain("PONG");
      expect(await asHealth("get", "parley:anything")).toContain("NOPERM");
    });

    async function containerOf(node: string): Promise<string> {
      for (const id of await containers("chat")) {
        if ((await docker("logs", id)).includes(`"id":"${node}"`)) return id;
      }
      throw new Error(`no container runs ${node}`);
    }
  },
);
