import { createSocket } from "node:dgram";
import { decode, encode, type Packet } from "dns-packet";

export interface NameServer {
  /** Where it answers, address:port. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Answers A queries for one name with the addresses that there are at the moment, over UDP on loopback: what Docker's
 * name server is to the balancer in Compose, on a bare machine.
 */
export async function startNameServer(name: string, addresses: () => readonly string[]): Promise<NameServer> {
  const socket = createSocket("udp4");
  socket.on("message", (message, from) => {
    const response = answer(message, name, addresses());
    if (response) socket.send(response, from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, "127.0.0.1", resolve);
  });
  // A balancer that is gone answers with "port unreachable"; that is no fault of ours.
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.once("close", resolve));
  let closing = false;
  return {
    address: `127.0.0.1:${socket.address().port}`,
    close() {
      if (!closing) socket.close();
      closing = true;
      return closed;
    },
  };
}

function answer(message: Buffer, name: string, addresses: readonly string[]): Buffer | undefined {
  let query: Packet;
  try {
    query = decode(message);
  } catch {
    return undefined;
  }
  const [question] = query.questions ?? [];
  if (!question || query.type !== "query") return undefined;
  const ours = question.name.toLowerCase() === name;
  const wanted = ours && question.type === "A" ? addresses : [];
  const authoritative = 0x400;
  const noSuchName = 3;
  return encode({
    type: "response",
    ...(query.id === undefined ? {} : { id: query.id }),
    flags: authoritative | (ours ? 0 : noSuchName),
    questions: [question],
    answers: wanted.map((data) => ({ type: "A", name: question.name, ttl: 1, data })),
  });
}
