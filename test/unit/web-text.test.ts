import { describe, expect, test } from "vitest";
import { addresseeOf, completable, personSuggestions } from "../../web/src/state/complete.ts";
import type { User } from "../../web/src/state/model.ts";
import { pathOf, routeOf } from "../../web/src/state/route.ts";
import { sumUp } from "../../web/src/state/sum-up.ts";

describe("what is completed", () => {
  const user = (name: string, number: number): User => ({
    id: `u-${name}` as never,
    name,
    number,
    status: "online",
    since: null,
  });
  const users = [user("ada", 3), user("Ada Lovelace", 31), user("7", 8), user("grace", 12)];

  test("commands, people and rooms, and nothing for somebody who types a path", () => {
    expect(completable("/")?.kind).toBe("command");
    expect(completable("/ms")?.kind).toBe("command");
    expect(completable("/msg a")).toEqual({ kind: "person", typed: "a" });
    expect(completable('/msg "ada l')).toEqual({ kind: "person", typed: "ada l" });
    expect(completable("/join gar")).toEqual({ kind: "room", typed: "gar" });
    for (const text of ["", "hello", "/usr/bin", "/etc", "a /msg b", "/msg ada ", "//list"])
      expect(completable(text)).toBeUndefined();
  });

  test("people by name or number, with quotation marks where a name needs them", () => {
    const becomes = (typed: string) => personSuggestions(typed, users).map((one) => one.becomes);
    expect(becomes("AD")).toEqual(["/msg ada ", '/msg "Ada Lovelace" ']);
    expect(becomes("3")).toEqual(["/msg ada ", '/msg "Ada Lovelace" ']);
    expect(becomes("8")).toEqual(['/msg "7" ']);
    expect(personSuggestions("ada", [...users, ...users])).toHaveLength(2);
  });

  test("a number is shown as the person it stands for before anything is sent", () => {
    expect(addresseeOf("/msg 12 hello", users)?.name).toBe("grace");
    expect(addresseeOf("/msg #12 ", users)?.name).toBe("grace");
    expect(addresseeOf("/msg 12", users)).toBeUndefined();
    expect(addresseeOf("/msg 99 hello", users)).toBeUndefined();
  });
});

describe("addresses of views", () => {
  test("lead back to the same view", () => {
    for (const route of [
      { room: null, about: false },
      { room: "lobby" as never, about: false },
      { room: "4e1c-_A" as never, about: true },
    ])
      expect(routeOf(pathOf(route))).toEqual(route);
    expect(routeOf("/r/../../x")).toEqual({ room: null, about: false });
    expect(routeOf("/r/%3Cscript%3E")).toEqual({ room: null, about: false });
  });
});

describe("what a screen reader hears", () => {
  const from = (by: string, text = "hello") => ({ by, text });
  test("single messages in full, bursts as a sum", () => {
    expect(sumUp([])).toBe("");
    expect(sumUp([from("ada")])).toBe("ada: hello");
    expect(sumUp([from("ada", "**hello** `you`")])).toBe("ada: hello you");
    expect(sumUp([from("ada"), from("grace"), from("ada")])).toBe("3 new messages from ada and grace");
    const many = ["a", "b", "c", "d"].map((by) => from(by));
    expect(sumUp(many)).toBe("4 new messages from a, b and 2 others");
    expect(sumUp([from("ada", "x".repeat(5_000))]).length).toBeLessThan(300);
  });
});
