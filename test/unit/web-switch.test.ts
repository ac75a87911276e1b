import { expect, test } from "vitest";
import { initialState, type Room, type State } from "../../web/src/state/model.ts";
import { destinations, matchScore } from "../../web/src/state/switch.ts";

const room = (id: string, more: Partial<Room> = {}) =>
  ({ id, name: id, kind: "channel", seq: 0, n: 0, read: 0, members: 1, cursor: "0-0", ...more }) as Room;
const rooms = (...all: Room[]): State => ({
  ...initialState,
  rooms: Object.fromEntries(all.map((one) => [one.id, one])),
});
const nobody = { people: [], channels: [] };

test("a name fits better from its beginning than from a word, better than anywhere, better than by its letters", () => {
  const names = ["design", "red design", "redesign", "do even sing in green", "other"];
  const scores = names.map((name) => matchScore(name, "des"));
  expect(scores).toEqual([4, 3, 2, 1, 0]);
  expect(matchScore("Café", "CAFÉ")).toBe(5);
  expect(matchScore("anything", " ")).toBe(1);
});

test("what is unread comes first, then what was talked in last; where one is, nobody needs to go", () => {
  const state = {
    ...rooms(
      room("old", { at: "2026-01-01T00:00:00Z" }),
      room("new", { at: "2026-02-01T00:00:00Z" }),
      room("unread", { at: "2025-01-01T00:00:00Z", n: 3 }),
      room("here", { n: 9 }),
    ),
    route: { ...initialState.route, room: "here" as never },
  };
  expect(destinations(state, "", nobody).map(({ key }) => key)).toEqual(["unread", "new", "old"]);
});

test("somebody with whom one has a conversation is found as that, a channel one is in as that room", () => {
  const person = (id: string, name: string) =>
    ({ id, name, number: 1, status: "online", since: null }) as never;
  const state = rooms(
    room("d", { name: "grace", kind: "direct", peer: { id: "u-grace" as never, name: "grace" } }),
    room("garden"),
  );
  const found = {
    people: [person("u-grace", "grace"), person("u-greta", "greta")],
    channels: [
      { id: "garden" as never, name: "garden" },
      { id: "grove" as never, name: "grove" },
    ],
  };
  expect(destinations(state, "gr", found).map(({ kind, key }) => `${kind} ${key}`)).toEqual([
    "room d",
    "person u-greta",
    "channel grove",
    "room garden",
  ]);
});
