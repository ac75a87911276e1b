import { type Child, logEntry, startChild } from "./child.ts";
import { projectFile } from "./project.ts";

export interface ServiceOptions {
  readonly name: string;
  /** Which of the two services; each has a main.ts. */
  readonly service: "chat" | "presence";
  readonly env: NodeJS.ProcessEnv;
  readonly onLine?: (line: string) => void;
}

export interface Service extends Child {
  readonly port: number;
}

/** Starts one of the built services. Resolves when it listens. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const child = await startChild({
    name: options.name,
    command: process.execPath,
    args: ["--enable-source-maps", projectFile("dist", "services", options.service, "main.js")],
    env: {
      NODE_ENV: "production",
      ...options.env,
      WEB_ROOT: options.env.WEB_ROOT || projectFile("dist", "web"),
    },
    ...(options.onLine ? { onLine: options.onLine } : {}),
  });
  try {
    const line = await child.line((text) => logEntry(text)?.msg === "listening", 30_000);
    return Object.assign(child, { port: Number(logEntry(line)?.port) });
  } catch (error) {
    await child.stop(0);
    throw error;
  }
}
