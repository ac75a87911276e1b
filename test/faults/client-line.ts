import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands between a client and the cluster, until nothing comes through any more and neither side learns of it. */
export interface ClientLine {
  readonly url: string;
  vanish(): void;
  close(): void;
}

export async function startClientLine(clusterUrl: string): Promise<ClientLine> {
  const target = new URL(clusterUrl);
  const sockets = new Set<Socket>();
  let vanished = false;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk: Buffer) => {
        if (!vanished) to.write(chunk);
      });
      from.on("error", () => from.destroy());
      // Even the end of a connection is swallowed.
      from.on("close", () => {
        sockets.delete(from);
        if (!vanished) to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    vanish() {
      vanished = true;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
