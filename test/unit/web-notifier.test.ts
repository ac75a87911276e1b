import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ClientEvent } from "../../web/client/contract.ts";
import { createNotifier } from "../../web/src/notifier.ts";
import { initialState, type OwnStatus, type State } from "../../web/src/state/model.ts";

const shown = vi.fn();
class Notification {
  static permission = "granted";
  onclick: unknown;
  constructor(title: string) {
    shown(title);
  }
}
const room = { id: "den", name: "den", kind: "channel", n: 6, read: 5 };
const mention = { type: "mention", room: "den", n: 6, on: true, by: { id: "u-bob", name: "bob" } };

function hearMention(own: OwnStatus): void {
  const state = { ...initialState, own, rooms: { den: room } } as never as State;
  const notifier = createNotifier({
    window: { Notification } as never,
    state: () => state,
    wanted: () => true,
    hasAttention: () => false,
    open: () => {},
  });
  notifier.heed(mention as never as ClientEvent);
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-03-10T12:00:00Z"), toFake: ["Date"] });
  shown.mockClear();
});
afterEach(() => {
  vi.useRealTimers();
});

test("nothing calls for somebody who does not want to be disturbed, until that ends by itself", async () => {
  const dnd = { mode: "dnd", lastSeen: true } as const;
  hearMention(dnd);
  hearMention({ ...dnd, until: "2026-03-10T12:30:00.000Z" });
  hearMention({ ...dnd, until: "2026-03-10T11:59:00.000Z" });
  // What words a mention is fetched first, which takes more than a second on a busy machine.
  await vi.waitFor(() => expect(shown).toHaveBeenCalled(), 15_000);
  expect(shown.mock.calls).toEqual([["bob mentioned you in den"]]);
});
