import { describe, expect, test, vi } from "vitest";
import { calledIn, isFor, mentionsIn, stretches } from "../../web/client/mentions.ts";
import { attentionOf, seenIn } from "../../web/src/state/attention.ts";
import { completable, mentionSuggestions } from "../../web/src/state/complete.ts";
import {
  type Action,
  type Entry,
  initialState,
  lobbyId,
  type Message,
  type Person,
  type Room,
  type State,
} from "../../web/src/state/model.ts";
import { noticeOf } from "../../web/src/state/notice.ts";
import { reduce } from "../../web/src/state/reduce.ts";
import { callsOf, timelineOf, totalCalls } from "../../web/src/state/select.ts";
import { createTypingTeller } from "../../web/src/typing.ts";

const person = (name: string) => ({ id: `u-${name.replaceAll(" ", "-")}`, name }) as Person;
const [ada, bob, grace, hopper] = [person("ada"), person("bob"), person("Grace"), person("Grace Hopper")];

function message(n: number, by: Person, more: Partial<Message> = {}): Message {
  const at = "2026-11-24T10:00:00.000Z";
  return { type: "message", seq: n, rev: n, n, id: `m${n}`, at, by, text: `text ${n}`, ...more };
}

function room(id: string, more: Partial<Room> = {}): Room {
  const base = { id, name: id, kind: "channel", cursor: "0-0", seq: 9, n: 9, read: 9, members: 3, at: null };
  return { ...base, ...more } as Room;
}

function stateWith(...rooms: Room[]): State {
  return {
    ...initialState,
    phase: { name: "signed-in" },
    me: { ...ada, number: 1 },
    link: { ...initialState.link, state: "online" },
    rooms: Object.fromEntries(rooms.map((one) => [one.id, one])),
  };
}

const run = (state: State, ...actions: Action[]) =>
  actions.reduce((now, action) => reduce(now, action, 1_000), state);

describe("whom a text mentions", () => {
  const people = [ada, bob, grace, hopper];

  test("is found by the longest name that fits, in any case, names with spaces too", () => {
    expect(mentionsIn("@grace hopper and @BOB, see", people)).toEqual({ mentions: [hopper.id, bob.id] });
    expect(mentionsIn("(@Grace) hopper", people)).toEqual({ mentions: [grace.id] });
    expect(mentionsIn("@bob @bob", people)).toEqual({ mentions: [bob.id] });
  });

  test("is nobody in an address, a longer word or an unknown name", () => {
    for (const text of [
      "ada@bob",
      "mail x.@bob.example",
      "@bobby",
      "https://x.example/@bob",
      "@nobody",
      "bob",
    ])
      expect(mentionsIn(text, people)).toEqual({});
    expect(calledIn("ada@bob.example")).toEqual([]);
    expect(calledIn("hey @bob, and @Grace Hopper")).toEqual(["bob", "Grace"]);
  });

  test("is everybody with @here and @all, unless somebody has that name", () => {
    expect(mentionsIn("@here please", people)).toEqual({ notify: "here" });
    expect(mentionsIn("@here @all", people)).toEqual({ notify: "all" });
    expect(mentionsIn("@all", [person("All")])).toEqual({ mentions: ["u-All"] });
  });

  test("is shown in the text as it was written", () => {
    expect(stretches("hi @BOB!", ["bob"])).toEqual([
      { text: "hi " },
      { text: "@BOB", name: "bob" },
      { text: "!" },
    ]);
    expect(stretches("nothing", ["bob"])).toEqual([{ text: "nothing" }]);
  });

  test("concerns the person named and everybody called, never the author", () => {
    expect(isFor({ by: bob, mentions: [ada.id] }, ada.id)).toBe(true);
    expect(isFor({ by: bob, notify: "here" }, ada.id)).toBe(true);
    expect(isFor({ by: ada, mentions: [ada.id], notify: "all" }, ada.id)).toBe(false);
    expect(isFor({ by: bob, mentions: [grace.id] }, ada.id)).toBe(false);
  });
});

describe("completing a mention", () => {
  const suggest = (text: string, everybody: "room" | "lobby" | null = null) => {
    const what = completable(text);
    if (what?.kind !== "mention") return undefined;
    const who = { members: [hopper, grace, bob], others: [bob, person("boris"), ada], me: ada.id, everybody };
    return mentionSuggestions(text, what.typed, who).map(({ label, detail, becomes }) => [
      label,
      detail,
      becomes,
    ]);
  };

  test("offers members first, then others, and says who is not in the room", () => {
    expect(suggest("hey @bo")).toEqual([
      ["@bob", "", "hey @bob "],
      ["@boris", "not in this room", "hey @boris "],
    ]);
    expect(suggest("@Grace H")).toEqual([["@Grace Hopper", "", "@Grace Hopper "]]);
    expect(suggest("@ad")).toEqual([]);
    expect(suggest("@hop")).toEqual([["@Grace Hopper", "", "@Grace Hopper "]]);
  });

  test("offers everybody at once where that is allowed", () => {
    expect(suggest("@al", "room")?.map(([label]) => label)).toEqual(["@all"]);
    expect(suggest("@h", "lobby")?.map(([label]) => label)).toEqual(["@Grace Hopper", "@here"]);
    expect(suggest("@al", "lobby")).toEqual([]);
  });

  test("leaves addresses and sentences alone", () => {
    expect(suggest("ada@bo")).toBeUndefined();
    expect(suggest("@bob is here and there and everywhere now")).toBeUndefined();
    expect(suggest("@bob, hello")).toBeUndefined();
  });
});

describe("what calls for one's eye", () => {
  test("is a mention, and all that is unread in a direct conversation", () => {
    const direct = room("d", { kind: "direct", read: 7 });
    const busy = room("busy", { read: 2, mentions: 1 });
    expect([direct, busy, room("quiet", { read: 0 })].map(callsOf)).toEqual([2, 1, 0]);
    expect(totalCalls(stateWith(direct, busy))).toBe(3);
  });

  test("is told on the desktop once, and not when it was read or is one's own", () => {
    const state = stateWith(room("busy", { read: 5 }), room("d", { kind: "direct", read: 5 }));
    const mention = {
      type: "mention",
      room: "busy",
      n: 6,
      on: true,
      by: bob,
      mentions: 1,
    } as never as Action & {
      type: "mention";
    };
    expect(noticeOf(mention, state)).toMatchObject({ title: "bob mentioned you in busy" });
    expect(noticeOf({ ...mention, n: 5 }, state)).toBeUndefined();
    expect(noticeOf({ ...mention, on: false }, state)).toBeUndefined();
    const said = (by: Person, n: number, id = "d") =>
      ({ type: "events", room: id, events: [message(n, by)] }) as never as Action & { type: "events" };
    expect(noticeOf(said(bob, 6), state)).toMatchObject({ title: "bob", body: "text 6" });
    const loud = { type: "events", room: "d", events: [message(6, bob, { text: "**Now**" })] } as never;
    expect(noticeOf(loud, state)).toMatchObject({ body: "Now" });
    expect(noticeOf(said(ada, 6), state)).toBeUndefined();
    expect(noticeOf(said(bob, 6, "busy"), state)).toBeUndefined();
  });
});

describe("going back", () => {
  const opened: Action = { type: "navigated", route: { room: lobbyId, about: false } };
  const back: Action = { type: "read", room: lobbyId, n: 3, mentions: 0 };

  test("holds the room unread while one looks at it, with the line where it starts, until one comes again", () => {
    let state = run(stateWith(room("lobby")), opened, back);
    expect(attentionOf(state, lobbyId).held).toBe(true);
    expect(timelineOf(state, lobbyId).newAfter).toBe(3);
    state = run(state, { type: "looked-away", room: lobbyId });
    expect(timelineOf(state, lobbyId).newAfter).toBe(3);
    state = run(state, { type: "navigated", route: { room: null, about: false } }, opened);
    expect(attentionOf(state, lobbyId).held).toBe(false);
  });

  test("elsewhere holds nothing; marking as read ends it", () => {
    expect(attentionOf(run(stateWith(room("lobby")), back), lobbyId).held).toBe(false);
    const state = run(stateWith(room("lobby")), opened, back, { type: "new-seen", room: lobbyId });
    expect(attentionOf(state, lobbyId).held).toBe(false);
    expect(timelineOf(state, lobbyId).newAfter).toBeNull();
  });

  test("to the first new message draws the stretch around it", () => {
    const messages = Array.from({ length: 600 }, (_, i) => message(i + 1, bob));
    const start = stateWith(room("lobby", { n: 600, read: 10 }));
    const page = { messages, more: false, cursor: "0-0" as never };
    const state = run(
      start,
      opened,
      { type: "scrolled", room: lobbyId, to: "away" },
      { type: "history-loaded", room: lobbyId, page },
      { type: "went-to-new", room: lobbyId },
    );
    const timeline = timelineOf(state, lobbyId);
    expect(timeline.goTo).toEqual({ key: "new" });
    expect(timeline.end).toBe(160);
  });
});

describe("who has read how far", () => {
  const receipt = (user: Person, n: number) => [user.id, { user, n }] as const;

  test("stands at the newest message that each has read, and not at one's own", () => {
    const entries: Entry[] = [message(1, ada), message(2, bob), message(3, ada)];
    const seen = seenIn(
      entries,
      Object.fromEntries([receipt(bob, 2), receipt(grace, 3), receipt(hopper, 1)]),
    );
    expect([...seen]).toEqual([
      ["m3", [grace]],
      ["m1", [hopper]],
    ]);
  });

  test("is read when a room is opened, and moves with what is told", () => {
    const load: Action = { type: "receipts", room: lobbyId, receipts: [{ user: bob, n: 2 }] };
    let state = run(stateWith(room("lobby")), load);
    state = run(state, { type: "receipt", receipt: { room: lobbyId, user: grace, n: 4 } });
    expect(Object.values(attentionOf(state, lobbyId).receipts).map(({ n }) => n)).toEqual([2, 4]);
    state = run(state, load);
    expect(Object.keys(attentionOf(state, lobbyId).receipts)).toEqual([bob.id]);
  });
});

describe("typing", () => {
  const typing = (user: Person, on = true): Action => ({
    type: "typing",
    typing: { room: lobbyId, user, on },
  });

  test("is told in a room as soon as somebody came into it", () => {
    const came = { type: "member", seq: 10, id: "e", at: "", by: bob, user: bob, joined: true } as const;
    const event: Action = { type: "events", room: lobbyId, events: [came] };
    expect(run(stateWith(room("lobby", { members: 1 })), event).rooms[lobbyId]?.members).toBe(2);
  });

  test("of others ends when they stop, send, or say nothing for five seconds", () => {
    let state = run(stateWith(room("lobby")), typing(bob), typing(grace), typing(ada));
    expect(attentionOf(state, lobbyId).typing).toEqual([
      { user: bob, untilMs: 6_000 },
      { user: grace, untilMs: 6_000 },
    ]);
    state = run(state, typing(bob, false));
    state = run(state, { type: "events", room: lobbyId, events: [message(10, grace)] });
    expect(attentionOf(state, lobbyId).typing).toEqual([]);
  });

  test("is told once in three seconds, not for commands or in large rooms, and stops when all is erased", () => {
    let nowMs = 0;
    const request = vi.fn(async () => ({}));
    let state = stateWith(room("lobby"), room("den"), room("huge", { members: 101 }));
    state = { ...state, people: { ...state.people, count: 3 } };
    const typed = createTypingTeller({
      state: () => state,
      client: () => ({ request }) as never,
      nowMs: () => nowMs,
    });
    const den = "den" as never;
    for (const text of ["h", "he", "hel"]) typed(den, text);
    nowMs = 3_000;
    typed(den, "hell");
    typed(den, "");
    typed(den, "/list");
    typed("huge" as never, "hello");
    expect(request.mock.calls).toEqual([
      ["room:typing", { room: "den", on: true }],
      ["room:typing", { room: "den", on: true }],
      ["room:typing", { room: "den", on: false }],
    ]);
  });
});
