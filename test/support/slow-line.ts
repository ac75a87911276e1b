import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { masked } from "./raw-line.ts";
import { stopWhenDone } from "./started.ts";

/** A way to a node on which a client can stop reading, as on a bad network: what the node writes piles up. */
export interface SlowLine {
  readonly url: string;
  /** From now on the client reads nothing, and says all the same that it is there: pings are answered unread. */
  stall(): void;
  goOn(): void;
}

/** Engine.IO's answer to a ping. */
const pong = masked("3");
const pongEveryMs = 1_000;

/** Closed when the test file is done. */
export async function startSlowLine(target: { url: string }): Promise<SlowLine> {
  const { hostname, port } = new URL(target.url);
  const fromNode = new Set<Socket>();
  let answering: NodeJS.Timeout | undefined;
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
    clearInterval(answering);
    for (const node of fromNode) node.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stall() {
      for (const node of fromNode) node.pause();
      answering = setInterval(() => {
        for (const node of fromNode) if (node.writable) node.write(pong);
      }, pongEveryMs);
    },
    goOn() {
      clearInterval(answering);
      for (const node of fromNode) node.resume();
    },
  };
}
