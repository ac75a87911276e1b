import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { MessageId } from "../../services/protocol/index.ts";
import { fresh, roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;
const children: ChildProcessWithoutNullStreams[] = [];

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 2,
    env: { LIMIT_MESSAGES_PER_SECOND: "0", LIMIT_EVENTS_PER_SECOND: "0" },
  });
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

const uuid = () => randomUUID() as string as MessageId;

describe("a client that cheats gets an error", () => {
  test("whether it is somebody else's message, a deleted one, one kind too many, or a room that one is not in", async () => {
    const [ada, bob, eve] = await Promise.all([signIn(cluster), signIn(cluster), signIn(cluster)]);
    const room = roomId(randomUUID());
    await ada.get("room:create", { id: room, name: fresh("den"), kind: "private" });
    await ada.get("room:invite", { room, to: { name: bob.name } });
    const id = uuid();
    const { seq } = await ada.get("message:send", { room, id, text: "ours" });
    const change = () => ({ room, id: uuid(), of: { seq, id } });
    const codes = async (asked: Promise<{ ok: boolean; error?: { code: string } }>) =>
      (await asked).error?.code;
    expect(await codes(bob.ask("message:edit", { ...change(), text: "mine" }))).toBe("forbidden");
    expect(await codes(bob.ask("message:delete", change()))).toBe("forbidden");
    for (const asked of [
      eve.ask("message:react", { ...change(), emoji: "👍", on: true }),
      eve.ask("message:versions", { room, of: { seq, id } }),
      eve.ask("message:reactions", { room, of: { seq, id }, emoji: "👍" }),
    ])
      expect(await codes(asked)).toBe("forbidden");
    for (let i = 0; i < 50; i++) {
      await bob.get("message:react", { ...change(), emoji: String.fromCodePoint(0x1f600 + i), on: true });
    }
    expect(await codes(ada.ask("message:react", { ...change(), emoji: "🎉", on: true }))).toBe("conflict");
    await ada.get("message:react", { ...change(), emoji: "😀", on: true });
    const asked = await ada.get("message:reactions", { room, of: { seq, id }, emoji: "😀" });
    expect(asked).toMatchObject({ count: 2, people: [{ name: bob.name }, { name: ada.name }] });
    await ada.get("message:delete", change());
    expect(await codes(ada.ask("message:edit", { ...change(), text: "again" }))).toBe("conflict");
    expect(await codes(ada.ask("message:versions", { room, of: { seq, id } }))).toBe("conflict");
    expect(await codes(bob.ask("message:react", { ...change(), emoji: "😀", on: false }))).toBe("conflict");
  });
});

describe("from a terminal", () => {
  /** Runs the terminal client as a shell would. */
  function run(name: string) {
    const child = spawn(process.execPath, [
      "--import",
      "tsx",
      "cli/main.ts",
      "--name",
      name,
      "--url",
      cluster.url,
    ]);
    children.push(child);
    let out = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        out += text;
      });
    }
    const sees = (text: string) =>
      eventually(
        () => {
          if (!out.includes(text)) throw new Error(`${text} is not in ${out}`);
          return true;
        },
        { timeoutMs: 20_000 },
      );
    return { child, sees, out: () => out };
  }

  test("one changes, deletes and reacts, and others are told", async () => {
    const writer = fresh("writer");
    const reader = run(fresh("reader"));
    await reader.sees("Signed in as");
    const { child } = run(writer);
    child.stdin.end("a secret\n/delete\nhelo\n/edit hello\n/react 👍\n/react 👍\n");
    await reader.sees(`[Lobby] ${writer} deleted a message`);
    await reader.sees(`[Lobby] ${writer} changed a message to: hello`);
    await reader.sees(`[Lobby] ${writer} reacted with 👍 to ${writer}: hello`);
    await reader.sees(`[Lobby] ${writer} took back 👍 from ${writer}: hello`);
    const watcher = await signIn(cluster);
    const { messages } = await watcher.get("room:history", { room: roomId("lobby") });
    expect(messages.filter(({ by }) => by.name === writer)).toMatchObject([
      { deleted: true },
      { text: "hello" },
    ]);
    expect(messages.at(-1)).not.toHaveProperty("reactions");
  });
});
