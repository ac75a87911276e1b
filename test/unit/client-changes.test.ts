import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { lobby, startClient } from "./client-stand-in.ts";

beforeEach(() => void vi.useFakeTimers({ now: 1_800_000_000_000 }));
afterEach(() => void vi.useRealTimers());

const of = { seq: 3, id: "00000000-0000-4000-8000-000000000003" };
const done = { seq: 9, at: "2026-01-01T00:00:00.000Z" };

describe("a change to a message", () => {
  it("carries an id of its own and is answered", async () => {
    const { server, client } = startClient();
    server.welcome();
    const first = client.change("message:edit", { room: lobby, of, text: "better" });
    const second = client.change("message:edit", { room: lobby, of, text: "better" });
    const [a, b] = server.waiting("message:edit") as { id: string }[];
    expect(a).toEqual({ room: lobby, of, text: "better", id: expect.any(String) });
    expect(a?.id).not.toBe(b?.id);
    server.answer("message:edit", done);
    server.answer("message:edit", { ...done, seq: 10 });
    expect((await first).seq).toBe(9);
    expect((await second).seq).toBe(10);
  });

  it("without a connection is refused at once, and never asked for later", async () => {
    const { server, client } = startClient();
    await expect(client.change("message:delete", { room: lobby, of })).rejects.toMatchObject({
      code: "unavailable",
    });
    server.welcome();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.waiting("message:delete")).toEqual([]);
  });

  it("whose answer was lost is asked for again with the same id on the next connection", async () => {
    const { server, client } = startClient();
    server.welcome();
    const change = client.change("message:react", { room: lobby, of, emoji: "👍", on: true });
    const [before] = server.waiting("message:react");
    server.cut();
    await vi.advanceTimersByTimeAsync(5_000);
    server.welcome();
    expect(server.waiting("message:react")).toEqual([before]);
    server.answer("message:react", { ...done, duplicate: true });
    expect(await change).toMatchObject({ duplicate: true });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.waiting("message:react")).toEqual([]);
  });

  it("that the server cannot take now is asked for again when it says, one that it refuses is not", async () => {
    const { server, client } = startClient();
    server.welcome();
    const change = client.change("message:edit", { room: lobby, of, text: "better" });
    const [before] = server.waiting("message:edit");
    server.refuse("message:edit", { code: "unavailable", retryAfterMs: 400 });
    await vi.advanceTimersByTimeAsync(399);
    expect(server.waiting("message:edit")).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(server.waiting("message:edit")).toEqual([before]);
    const refused = expect(change).rejects.toMatchObject({ code: "conflict" });
    server.refuse("message:edit", { code: "conflict" });
    await refused;
  });

  it("is given up when the session ends", async () => {
    const { server, client } = startClient();
    server.welcome();
    const change = client.change("message:delete", { room: lobby, of });
    const given = expect(change).rejects.toMatchObject({ code: "unauthorized" });
    server.cut();
    server.refuseHandshake({ code: "unauthorized", message: "signed out" });
    await vi.advanceTimersByTimeAsync(20_000);
    client.close();
    await given;
  });
});
