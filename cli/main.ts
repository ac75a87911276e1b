import { createClient, type ParleyClient, randomUuid } from "../web/client/index.ts";
import { createChat } from "./chat.ts";
import { exitCodes, help, type Options, readOptions } from "./options.ts";
import { openTerminal } from "./terminal.ts";

const goodbyeMs = 1_500;

async function main(): Promise<number> {
  const usage = readOptions(process.argv.slice(2));
  if (usage.kind === "help") {
    process.stdout.write(`${help}\n`);
    return exitCodes.done;
  }
  if (usage.kind === "wrong") {
    process.stderr.write(`chat: ${usage.message}\n`);
    return exitCodes.wrongUsage;
  }
  return chat(usage.options);
}

async function chat({ url, name, key, timeoutMs }: Options): Promise<number> {
  const client = createClient({
    url,
    credentials: { name, key: key ?? randomUuid() },
  });
  let interrupt: (code: number) => void = () => {};
  const interrupted = new Promise<number>((resolve) => {
    interrupt = resolve;
  });
  const terminal = openTerminal({
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    onInterrupt: () => interrupt(130),
  });
  const conversation = createChat({
    client,
    print: terminal.print,
    call: terminal.call,
    note: terminal.note,
    interactive: terminal.interactive,
    timeoutMs,
    uuid: randomUuid,
    onRoom: terminal.prompt,
  });
  process.once("SIGINT", () => interrupt(130));
  process.once("SIGTERM", () => interrupt(143));
  process.once("SIGHUP", () => interrupt(129));
  // Whoever read this is gone: deliver what is on its way, and end.
  process.stdout.on("error", () => conversation.stop());
  process.stderr.on("error", () => {});
  terminal.prompt("lobby");
  const code = await Promise.race([conversation.run(terminal.lines), interrupted]);
  terminal.close();
  await leave(client, key !== undefined);
  return code;
}

/** A name without a key is given back, so that the next run can have it; one with a key stays its person's. */
async function leave(client: ParleyClient, keepsName: boolean): Promise<void> {
  if (keepsName || client.token === undefined) return client.close();
  await Promise.race([
    client.signOut().catch(() => {
      // It falls free by itself, only later.
    }),
    new Promise((resolve) => setTimeout(resolve, goodbyeMs)),
  ]);
}

main().then(
  (code) => process.exit(code),
  (fault: unknown) => {
    process.stderr.write(`chat: ${fault instanceof Error ? fault.message : String(fault)}\n`);
    process.exit(exitCodes.fault);
  },
);
