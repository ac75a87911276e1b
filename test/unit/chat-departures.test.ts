import { describe, expect, it, vi } from "vitest";
import type { Audience } from "../../services/chat/delivery/audience.ts";
import type { Connection } from "../../services/chat/delivery/connection.ts";
import { createDepartures, isDeparture } from "../../services/chat/departures.ts";
import type { Entry } from "../../services/logs/index.ts";
import type { RoomId, UserId } from "../../services/protocol/index.ts";

const plaza = "plaza" as RoomId;
const bob = { id: "u-bob" as UserId, name: "bob" };

function event(type: string, fields: object, seq = 7): Entry {
  const body = JSON.stringify({ id: "e", type, by: bob, ...fields }).slice(1);
  return { seq, n: 0, atMs: 1, before: "b", chain: "c", type, body, overlay: "" };
}
const left = event("member", { user: bob, joined: false });

function start(isMember: () => Promise<boolean>) {
  const devices = [1, 2].map(() => ({
    user: bob,
    open: true,
    rooms: new Set([plaza]),
    closeTransport: vi.fn(),
  }));
  const connections = devices as unknown as Connection[];
  const attached = new Set(connections);
  const attachFrom = vi.fn(async (connection: Connection, _from: unknown) => {
    attached.add(connection);
    return true;
  });
  const audience = {
    connectionsOf: (user: UserId) => [...attached].filter((one) => one.user.id === user),
    detach: (connection: Connection) => void attached.delete(connection),
    attachFrom,
  } as unknown as Audience;
  const failed: unknown[] = [];
  const heed = createDepartures({ isMember, onFailed: (error) => void failed.push(error) });
  return { heed, audience, attached, devices, attachFrom, failed };
}

describe("somebody who left, or was made to leave", () => {
  it("gets nothing more, on any device, from the event on that says so", async () => {
    const { heed, audience, attached, devices } = start(async () => false);
    heed(plaza, left, audience);
    expect(attached.size).toBe(0);
    await vi.waitFor(() => expect(devices.map(({ rooms }) => rooms.size)).toEqual([0, 0]));
    expect(attached.size).toBe(0);
  });

  it("goes on from there when the event is older than their coming back", async () => {
    const { heed, audience, attached, devices, attachFrom } = start(async () => true);
    heed(plaza, left, audience);
    await vi.waitFor(() => expect(attached.size).toBe(2));
    expect(attachFrom.mock.calls.map(([, from]) => from)).toEqual([left, left]);
    expect(devices.every(({ rooms }) => rooms.has(plaza))).toBe(true);
  });

  it("is made to connect again when nobody can say whether they came back", async () => {
    const { heed, audience, devices, failed } = start(() => Promise.reject(new Error("away")));
    heed(plaza, left, audience);
    await vi.waitFor(() => expect(failed).toHaveLength(1));
    for (const { closeTransport } of devices) expect(closeTransport).toHaveBeenCalledOnce();
  });

  it("is nobody in the lobby, whose coming and going are no events", () => {
    const { heed, audience, attached } = start(async () => false);
    heed("lobby" as RoomId, left, audience);
    expect(attached.size).toBe(2);
  });
});

describe("a departure", () => {
  it("is told from what only looks like one", () => {
    expect(isDeparture(left)).toBe(true);
    expect(isDeparture(event("member", { user: bob, joined: true }))).toBe(false);
    expect(isDeparture(event("message", { text: '"joined":false' }))).toBe(false);
    const name = '","joined":false,"';
    expect(isDeparture(event("member", { user: { ...bob, name }, joined: true }))).toBe(false);
  });
});
