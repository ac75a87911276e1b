import { createServer } from "node:net";

/** A port that nobody listens on at this address, now. */
export async function freePort(address = "127.0.0.1"): Promise<number> {
  const { port } = await listenOnce(address, 0);
  return port;
}

/** Why nobody can listen there, as an error code such as EADDRINUSE; undefined: one can. */
export async function listenTrouble(address: string, port: number): Promise<string | undefined> {
  try {
    await listenOnce(address, port);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown";
  }
}

/**
 * Addresses of one cluster on this machine. Its chat nodes listen on the same port at different loopback addresses, so
 * that the balancer finds them exactly as it finds containers: by name, on one port.
 */
export interface LoopbackNetwork {
  readonly chatPort: number;
  /** The address of the nth chat node, counted from 0. */
  chatAddress(index: number): string;
}

export async function createLoopbackNetwork(): Promise<LoopbackNetwork> {
  // A network of its own keeps clusters on one machine apart even where their ports are equal.
  const network = `127.${between(16, 250)}.${between(0, 255)}`;
  const chatPort = await portFreeEverywhere();
  return { chatPort, chatAddress: (index) => `${network}.${index + 1}` };
}

/** A port that is free at every address, below those that the kernel gives to outgoing connections. */
async function portFreeEverywhere(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = between(20_000, 32_000);
    if ((await listenTrouble("0.0.0.0", port)) === undefined) return port;
  }
  throw new Error("found no free port in 100 tries");
}

function between(low: number, high: number): number {
  return low + Math.floor(Math.random() * (high - low + 1));
}

function listenOnce(host: string, port: number): Promise<{ port: number }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        if (address && typeof address === "object") resolve({ port: address.port });
        else reject(new Error("no port"));
      });
    });
  });
}
