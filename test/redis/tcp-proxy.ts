import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** Stands between a client and a server, until the test is over. */
export interface TcpProxy {
  readonly port: number;
  /** From now on nothing passes on the connections there are, and neither side learns of it; new ones work. */
  blackHole(): void;
  /** Connections that were made so far. */
  readonly accepted: number;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let accepted = 0;
  const server = createServer((near) => {
    accepted += 1;
    const far = connect(targetPort, "127.0.0.1");
    const pair = [near, far] as const;
    pairs.add(pair);
    near.pipe(far);
    far.pipe(near);
    const end = () => {
      near.destroy();
      far.destroy();
      pairs.delete(pair);
    };
    for (const socket of pair) socket.on("close", end).on("error", end);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const [near, far] of pairs) {
      near.destroy();
      far.destroy();
    }
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    blackHole() {
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
        near.pause();
        far.pause();
        // Even the end of a connection is swallowed.
        for (const socket of [near, far]) socket.removeAllListeners("close");
      }
    },
    get accepted() {
      return accepted;
    },
  };
}
