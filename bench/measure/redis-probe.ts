import { connect } from "node:net";
import { Redis } from "ioredis";

/** What a Redis says of itself. */
export interface RedisProbe {
  cpuMicroseconds(): Promise<number>;
  usedBytes(): Promise<number>;
  /**
   * Counts the commands that clients send until the result is called; what scripts do inside is not counted. It costs Redis
   * time, so nothing else is measured meanwhile.
   */
  countCommands(): Promise<() => Promise<number>>;
  close(): void;
}

export function createRedisProbe(place: { port: number; password: string }): RedisProbe {
  const redis = new Redis({ host: "127.0.0.1", ...place });
  const number = async (section: string, field: string) => {
    const found = new RegExp(`^${field}:([\\d.]+)`, "m").exec(await redis.info(section))?.[1];
    if (found === undefined) throw new Error(`Redis does not say ${field}`);
    return Number(found);
  };
  return {
    async cpuMicroseconds() {
      const info = await redis.info("cpu");
      const part = (field: string) => Number(new RegExp(`^${field}:([\\d.]+)`, "m").exec(info)?.[1] ?? 0);
      return (part("used_cpu_user") + part("used_cpu_sys")) * 1_000_000;
    },
    usedBytes: () => number("memory", "used_memory"),
    countCommands: () => countCommands(place),
    close: () => redis.disconnect(),
  };
}

/** MONITOR tells every command on a line of its own; those of a script are marked `lua`. */
function countCommands(place: { port: number; password: string }): Promise<() => Promise<number>> {
  return new Promise((resolve, reject) => {
    const socket = connect(place.port, "127.0.0.1");
    let rest = "";
    let commands = 0;
    let monitoring = false;
    socket.on("error", reject);
    socket.write(`AUTH ${place.password}\r\nMONITOR\r\n`);
    socket.on("data", (data) => {
      const lines = (rest + data.toString("latin1")).split("\r\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line.startsWith("+OK")) continue;
        if (!/^\+[\d.]+ \[\d+ lua\]/.test(line)) commands += 1;
      }
      if (!monitoring) {
        monitoring = true;
        resolve(async () => {
          // What was sent before now is on its way.
          await new Promise((later) => setTimeout(later, 200));
          socket.destroy();
          return commands;
        });
      }
    });
  });
}
