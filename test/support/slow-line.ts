import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { stopWhenDone } from "./started.ts";

/** A way to a node on which a client can stop reading, as on a bad network: what the node writes piles up. */
export interface SlowLine {
  readonly url: string;
  stall(): void;
  goOn(): void;
}

/** Closed when the test file is done. */
export async function startSlowLine(target: { url: string }): Promise<SlowLine> {
  const { hostname, port } = new URL(target.url);
  const fromNode = new Set<Socket>();
  const server = createServer((client) => {
    const node = connect(Number(port), hostname);
    fromNode.add(node);
    client.pipe(node);
    node.on("data", (chunk) => client.write(chunk));
    const end = () => {
      fromNode.delete(node);
      client.destroy();
      node.destroy();
    };
    for (const socket of [client, node]) socket.on("close", end).on("error", end);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stopWhenDone(async () => {
    for (const node of fromNode) node.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stall() {
      for (const node of fromNode) node.pause();
    },
    goOn() {
      for (const node of fromNode) node.resume();
    },
  };
}
