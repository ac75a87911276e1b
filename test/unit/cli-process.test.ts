import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createServer } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { RoomId } from "../../services/protocol/index.ts";
import { directId, startStubServer } from "./client-stub-server.ts";

const children: ChildProcessWithoutNullStreams[] = [];
let server: Awaited<ReturnType<typeof startStubServer>> | undefined;

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await server?.close();
  server = undefined;
});

async function stub() {
  server = await startStubServer();
  return server;
}

/** Runs the terminal client as a shell would. */
function run(...args: string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", "cli/main.ts", ...args]);
  children.push(child);
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const exit = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    child,
    exit,
    out: () => out,
    err: () => err,
    sees: (text: string) => vi.waitUntil(() => (out + err).includes(text), { timeout: 15_000 }),
  };
}

const patient = { timeout: 30_000 };

describe("with a pipe as input", patient, () => {
  it("sends each line in order, waits for the acknowledgements, signs out and exits 0", async () => {
    const { url, texts, refuse, calls } = await stub();
    refuse("message:send", "unavailable", 20);
    refuse("message:send", "rate_limited", 20);
    const { child, exit, out, err } = run("--name", "ada", "--url", url);
    child.stdin.end("one\ntwo\r\n\n//slash\nlast without an end");
    expect(await exit).toBe(0);
    expect(texts()).toEqual(["one", "two", "/slash", "last without an end"]);
    expect(out()).toBe("");
    expect(err()).toContain("Signed in as #1 ada");
    expect(calls).toEqual(["DELETE /api/session"]);
  });

  it("carries out commands in their place", async () => {
    const { url, texts, handshakes } = await stub();
    const { child, exit, out } = run("--name", "ada", "--url", url, "--key", "0123456789abcdef");
    child.stdin.end(
      "/list\n/msg 3 hello\n/join team\nin the team\n/create plans\nplanned\n/leave\nback\n/quit\nnever",
    );
    expect(await exit).toBe(0);
    expect(out()).toBe("#1  ada  online (you)\n#3  bob  away\nto #3 bob: hello\n");
    expect(texts(directId)).toEqual(["hello"]);
    expect(texts("team" as RoomId)).toEqual(["in the team"]);
    expect(texts("new" as RoomId)).toEqual(["planned"]);
    expect(texts()).toEqual(["back"]);
    expect(handshakes).toEqual([{ name: "ada", key: "0123456789abcdef" }]);
  });

  it("leaves a room only after everything said before was delivered", async () => {
    const { url, texts, refuse, granted } = await stub();
    const { child, exit, err } = run("--name", "ada", "--url", url);
    refuse("message:send", "unavailable", 50);
    child.stdin.end("/join team\nin the team\n/leave\n");
    expect(await exit).toBe(0);
    expect(texts("team" as RoomId)).toEqual(["in the team"]);
    expect(granted).toEqual(["room:list", "room:join", "message:send", "room:leave"]);
    expect(err()).toContain("You left Team");
  });

  it("exits 1 and says what could not be delivered, after delivering the rest", async () => {
    const { url, texts, refuse } = await stub();
    refuse("message:send", "too_large");
    const { child, exit, err } = run("--name", "ada", "--url", url);
    child.stdin.end("too long\nfine\n");
    expect(await exit).toBe(1);
    expect(err()).toContain("no message:send today: too long");
    expect(texts()).toEqual(["fine"]);
  });

  it("exits 1 when a command fails", async () => {
    const { url, texts, refuse } = await stub();
    refuse("dm:open", "not_found");
    const { child, exit, err } = run("--name", "ada", "--url", url);
    child.stdin.end("/msg 9 hello\nfine\n");
    expect(await exit).toBe(1);
    expect(err()).toContain("no dm:open today");
    expect(texts()).toEqual(["fine"]);
  });

  it("exits 1 when acknowledgements do not come in time", async () => {
    const { url, refuse } = await stub();
    refuse("message:send", "unavailable", 60_000);
    const { child, exit, err } = run("--name", "ada", "--url", url, "--timeout", "0.5");
    child.stdin.end("lost\n");
    expect(await exit).toBe(1);
    expect(err()).toContain("1 message was not delivered.");
  });
});

describe("what others say", patient, () => {
  it("is printed to standard output, harmless, also what came while disconnected", async () => {
    const { url, say, cut, connected } = await stub();
    const { child, exit, out, err, sees } = run("--name", "ada", "--url", url);
    await sees("Signed in");
    say("hello \u001b[2J");
    await sees("hello");
    cut();
    await vi.waitUntil(() => connected() === 0, { timeout: 15_000 });
    say("while away");
    await sees("while away");
    child.stdin.end();
    expect(await exit).toBe(0);
    expect(out()).toBe("[Lobby] bob: hello [2J\n[Lobby] bob: while away\n");
    expect(err()).toContain("Disconnected");
    expect(err()).toContain("Connected again");
  });

  it("to nobody, because the reader went away, ends it in peace", async () => {
    const { url, say } = await stub();
    const { child, exit, err, sees } = run("--name", "ada", "--url", url);
    await sees("Signed in");
    child.stdout.destroy();
    say("one");
    expect(await exit).toBe(0);
    expect(err()).not.toContain("EPIPE");
  });
});

describe("exit codes", patient, () => {
  it("2 names the option that is wrong, in one line", async () => {
    const { exit, err, out } = run("--nmae", "ada");
    expect(await exit).toBe(2);
    expect(err()).toBe("chat: Unknown option '--nmae'\n");
    expect(out()).toBe("");
  });

  it("0 for --help, on standard output", async () => {
    const { exit, out } = run("--help");
    expect(await exit).toBe(0);
    expect(out()).toContain("--name <name>");
  });

  it("69 when the server cannot be reached", async () => {
    const { child, exit, err } = run("--name", "ada", "--url", await closedPort(), "--timeout", "0.3");
    child.stdin.end("one\n");
    expect(await exit).toBe(69);
    expect(err()).toContain("could not be reached");
  });

  it("77 when the name is refused, with the reason", async () => {
    const { url, refuseHandshakes } = await stub();
    refuseHandshakes({ code: "conflict", message: "The name ada is taken." });
    const { child, exit, err } = run("--name", "ada", "--url", url);
    child.stdin.end("one\n");
    expect(await exit).toBe(77);
    expect(err()).toContain("The name ada is taken.");
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s gives the name back and exits %d", async (signal, code) => {
    const { url, calls } = await stub();
    const { child, exit, sees } = run("--name", "ada", "--url", url);
    await sees("Signed in");
    child.kill(signal);
    expect(await exit).toBe(code);
    expect(calls).toEqual(["DELETE /api/session"]);
  });
});

/** An address where nobody listens: a port that was free a moment ago. */
async function closedPort(): Promise<string> {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const { port } = holder.address() as { port: number };
  await new Promise((resolve) => holder.close(resolve));
  return `http://127.0.0.1:${port}`;
}
