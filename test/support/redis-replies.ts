// The protocol in which Redis answers (RESP 2), as far as a proxy needs it: where one answer ends and the next begins.

const lineEnd = "\r\n";

/** Takes what comes in, in whatever pieces, and hands out whole answers. */
export function createReplySplitter(onReply: (reply: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = replyEnd(rest, 0); end !== undefined; end = replyEnd(rest, start)) {
      onReply(rest.subarray(start, end));
      start = end;
    }
    rest = rest.subarray(start);
  };
}

/** Where the answer that starts there ends; undefined: it is not all there yet. */
function replyEnd(buffer: Buffer, start: number): number | undefined {
  const line = buffer.indexOf(lineEnd, start);
  if (line === -1) return undefined;
  const afterLine = line + lineEnd.length;
  const kind = String.fromCharCode(buffer[start] ?? 0);
  if (kind !== "$" && kind !== "*") return afterLine;
  const size = Number(buffer.toString("latin1", start + 1, line));
  if (size < 0) return afterLine;
  if (kind === "$") {
    const end = afterLine + size + lineEnd.length;
    return end <= buffer.length ? end : undefined;
  }
  let at: number | undefined = afterLine;
  for (let i = 0; i < size && at !== undefined; i++) at = replyEnd(buffer, at);
  return at;
}

/** What was published, when the answer is the message of a sharded channel. */
export function publishedIn(reply: Buffer): { channel: string; message: string } | undefined {
  const text = reply.toString();
  const match = /^\*3\r\n\$8\r\nsmessage\r\n\$\d+\r\n([^\r]*)\r\n\$\d+\r\n(.*)\r\n$/s.exec(text);
  const [, channel, message] = match ?? [];
  return channel === undefined || message === undefined ? undefined : { channel, message };
}
