import { describe, expect, it } from "vitest";
import { createDrafts } from "../../services/drafts/index.ts";
import type { RoomId } from "../../services/protocol/index.ts";
import { ada, bob, connect, createStage, errorOf, redisOfFile } from "./stage.ts";

const server = redisOfFile();
const room = (id: string) => id as RoomId;

async function twoNodes() {
  const { redis, prefix } = await createStage(server());
  const other = await connect(server());
  return {
    redis,
    prefix,
    one: createDrafts({ redis, prefix, keptDays: 0 }),
    two: createDrafts({ redis: other, prefix, keptDays: 90 }),
  };
}

describe("a draft", () => {
  it("is the last one that was set, on whatever node, and each user's own", async () => {
    const { one, two } = await twoNodes();
    const first = await one.set(ada.id, room("lobby"), "half a");
    const second = await two.set(ada.id, room("lobby"), "half a thought: 1:2");
    expect(second).toBeGreaterThan(first);
    expect(await one.of(ada.id)).toEqual([{ room: "lobby", text: "half a thought: 1:2", revision: second }]);
    expect(await one.of(bob.id)).toEqual([]);
  });

  it("that was taken back is known as that, under a later revision", async () => {
    const { one } = await twoNodes();
    const first = await one.set(ada.id, room("lobby"), "no");
    await one.set(ada.id, room("lobby"), "");
    const [draft] = await one.of(ada.id);
    expect(draft).toMatchObject({ text: "" });
    expect(draft?.revision).toBeGreaterThan(first);
  });

  it("gets a later revision also after all were forgotten", async () => {
    const { one, redis, prefix } = await twoNodes();
    const before = await one.set(ada.id, room("lobby"), "long ago");
    const [key] = await redis.keys(`${prefix}*drafts`);
    expect(await redis.pttl(key ?? "")).toBeGreaterThan(29 * 24 * 3_600_000);
    await redis.del(key ?? "");
    expect(await one.set(ada.id, room("lobby"), "now")).toBeGreaterThanOrEqual(before);
  });

  it("is kept no longer than anything else of somebody who is not here", async () => {
    const { redis, prefix } = await createStage(server());
    await createDrafts({ redis, prefix, keptDays: 7 }).set(ada.id, room("lobby"), "soon gone");
    const [key] = await redis.keys(`${prefix}*drafts`);
    expect(await redis.pttl(key ?? "")).toBeLessThanOrEqual(7 * 86_400_000);
  });

  it("pushes the oldest out when there are too many, or too much of them", async () => {
    const { one } = await twoNodes();
    for (let i = 0; i < 105; i++) await one.set(ada.id, room(`r${i}`), `${i}`);
    const kept = (await one.of(ada.id)).map((draft) => draft.room);
    expect(kept).toHaveLength(100);
    expect(kept).not.toContain("r4");
    expect(kept).toContain("r5");
    const large = "x".repeat(32 * 1_024);
    for (let i = 0; i < 10; i++) await one.set(bob.id, room(`r${i}`), large);
    expect(await one.of(bob.id)).toHaveLength(7);
    expect(await errorOf(one.set(bob.id, room("lobby"), `${large}x`))).toMatchObject({
      code: "too_large",
      field: "text",
    });
  });
});
