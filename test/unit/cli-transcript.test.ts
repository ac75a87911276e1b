import { describe, expect, it } from "vitest";
import { createSeen } from "../../cli/seen.ts";
import {
  changeLine,
  personLabel,
  printable,
  spokenLine,
  unreadLine,
  userLines,
} from "../../cli/transcript.ts";
import type { User } from "../../services/protocol/index.ts";

const user = (name: string, number: number | null) =>
  ({ id: `u-${name}`, name, number, status: "online", since: null }) as User;
const by = (name: string) => ({ id: "u2", name }) as User;

describe("what others wrote", () => {
  it.each([
    ["\u001b[2J\u001b[31mred", "[2J[31mred"],
    ["\u009b31mred\u0007", "31mred"],
    ["\u001b]0;title\u0007done", "]0;titledone"],
    ["safe\u202Etxt.exe", "safetxt.exe"],
    ["a\tb", "a    b"],
    ["over\rwritten", "over\n    written"],
    ["one\n[lobby] bob: not bob", "one\n    [lobby] bob: not bob"],
    ["one\u2028two", "one\n    two"],
    ["👩\u200d💻 ж 中 é", "👩\u200d💻 ж 中 é"],
  ])("%j is printed as %j", (text, printed) => {
    expect(printable(text)).toBe(printed);
  });

  it("is marked with where it was said and by whom", () => {
    const message = { by: by("bob"), text: "hello" };
    expect(spokenLine({ name: "Lobby", kind: "channel" }, message, false)).toBe("[Lobby] bob: hello");
    expect(spokenLine({ name: "bob", kind: "direct" }, message, false)).toBe("[direct] bob: hello");
    expect(spokenLine({ name: "bob", kind: "direct" }, { ...message, by: by("ada") }, true)).toBe(
      "[direct to bob] ada: hello",
    );
    expect(spokenLine({ name: "a\nb", kind: "channel" }, message, false)).toBe("[a b] bob: hello");
  });
});

describe("what happens to a message", () => {
  const at = new Date(0).toISOString();
  const of = { seq: 1, id: "m" as never };
  const event = { seq: 2, id: "c", at, by: by("bob"), of };
  const said = { by: by("ada"), text: "a text that is longer than fits into a line of a terminal" };

  it("names who did it, and the message where it was seen", () => {
    const reaction = { ...event, type: "reaction" as const, emoji: "👍", on: true };
    expect(changeLine("Lobby", reaction, said)).toBe(
      "[Lobby] bob reacted with 👍 to ada: a text that is longer than fits into a l…",
    );
    expect(changeLine("Lobby", { ...reaction, on: false }, undefined)).toBe(
      "[Lobby] bob took back 👍 from an earlier message",
    );
    const edit = { ...event, type: "edit" as const, text: "better\nstill" };
    expect(changeLine("Lobby", edit, said)).toBe("[Lobby] bob changed a message to: better\n    still");
  });

  it("never says again what was deleted", () => {
    expect(changeLine("Lobby", { ...event, type: "delete" }, said)).toBe("[Lobby] bob deleted a message");
    expect(changeLine("Lobby", { ...event, type: "edit" }, said)).toBeUndefined();
    const seen = createSeen();
    seen.remember({ ...event, id: of.id, type: "message", n: 1, text: "secret" });
    expect(seen.find(of.id)?.text).toBe("secret");
    seen.change({ ...event, type: "edit", text: "secret too" });
    expect(seen.find(of.id)?.text).toBe("secret too");
    seen.change({ ...event, type: "delete" });
    expect(seen.find(of.id)).toBeUndefined();
  });
});

it("the list lines up numbers and names", () => {
  expect(userLines([user("ada", 1), user("bo", 12)], "u-ada")).toEqual([
    " #1  ada  online (you)",
    "#12  bo   online",
  ]);
  expect(personLabel(user("ada", 3))).toBe("#3 ada");
  expect(personLabel(user("ada", null))).toBe("ada (not online)");
});

it("what is unread is one line, with what is for oneself", () => {
  const room = (name: string, unread: number, more = {}) =>
    ({ name, kind: "channel", n: 10, read: 10 - unread, ...more }) as const;
  const rooms = [room("Lobby", 3, { mentions: 2 }), room("quiet", 0), room("bob", 1, { kind: "direct" })];
  expect(unreadLine(rooms)).toBe("Unread: 3 in Lobby (2 for you), 1 from bob.");
  expect(unreadLine([room("quiet", 0)])).toBeUndefined();
});
