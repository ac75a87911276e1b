import { type ChildProcess, spawn } from "node:child_process";
import { projectFile } from "../../script/cluster/project.ts";
import { generatorCores, onCores } from "../measure/cores.ts";
import type { CommandName, Commands, FromGenerator } from "./messages.ts";

/** The load generator as a process of its own, on a core of its own where there are two or more. */
export interface Generator {
  readonly pid: number;
  /** @param onWindow called when the time that is measured starts and when it ends */
  tell<C extends CommandName>(
    command: C,
    request: Commands[C]["request"],
    onWindow?: (phase: "opens" | "closes") => void,
  ): Promise<Commands[C]["answer"]>;
  stop(): Promise<void>;
}

/** Above this share of its core, the generator itself may be what is measured. */
export const generatorCpuAtMost = 0.8;

export function startGenerator(): Generator {
  const [file, ...args] = onCores(generatorCores, [
    process.execPath,
    "--import",
    "tsx",
    projectFile("bench", "load", "main.ts"),
  ]);
  const child: ChildProcess = spawn(file ?? "", args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const waiting = new Map<
    number,
    { resolve: (answer: never) => void; reject: (error: Error) => void; onWindow?: typeof noWindow }
  >();
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => {
      for (const { reject } of waiting.values()) reject(new Error("the load generator went away"));
      waiting.clear();
      resolve();
    });
  });
  child.on("message", (message: FromGenerator) => {
    if ("window" in message) {
      for (const { onWindow } of waiting.values()) onWindow?.(message.window);
      return;
    }
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if ("failed" in message) asked?.reject(new Error(message.failed));
    else asked?.resolve(message.answer as never);
  });
  let nextId = 1;
  return {
    pid: child.pid ?? 0,
    tell(command, request, onWindow = noWindow) {
      const id = nextId++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject, onWindow });
        child.send({ id, command, request });
      });
    },
    async stop() {
      // It leaves by itself when the channel closes.
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

function noWindow(_phase: "opens" | "closes"): void {}
