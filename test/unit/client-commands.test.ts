import { describe, expect, it } from "vitest";
import { commands, completeCommand, parseCommand } from "../../web/client/commands.ts";

describe("what somebody typed", () => {
  it.each([
    ["hello", { kind: "text", text: "hello" }],
    ["  indented", { kind: "text", text: "  indented" }],
    ["//list", { kind: "text", text: "/list" }],
    ["// to do", { kind: "text", text: "// to do" }],
    ["//x/y", { kind: "text", text: "/x/y" }],
    ["/usr/bin is full", { kind: "text", text: "/usr/bin is full" }],
    ["/etc/", { kind: "text", text: "/etc/" }],
    ["/", { kind: "text", text: "/" }],
    ["/o\\", { kind: "text", text: "/o\\" }],
    ["/ list", { kind: "text", text: "/ list" }],
    [" \n\t", { kind: "nothing" }],
    ["/list", { kind: "list" }],
    ["/LIST  ", { kind: "list" }],
    ["/list ad", { kind: "list", query: "ad" }],
    ['/list "ada l"', { kind: "list", query: "ada l" }],
    ["/msg 3 hello", { kind: "message", to: { number: 3 }, text: "hello" }],
    ["/msg #3 hello", { kind: "message", to: { number: 3 }, text: "hello" }],
    ["/msg ada hello  there", { kind: "message", to: { name: "ada" }, text: "hello  there" }],
    ["/msg @ada hi", { kind: "message", to: { name: "ada" }, text: "hi" }],
    ['/msg "ada l" hi', { kind: "message", to: { name: "ada l" }, text: "hi" }],
    ["/msg “ada l” hi", { kind: "message", to: { name: "ada l" }, text: "hi" }],
    ['/msg "3" hi', { kind: "message", to: { name: "3" }, text: "hi" }],
    ["/msg ada one\ntwo", { kind: "message", to: { name: "ada" }, text: "one\ntwo" }],
    ["/join team talk", { kind: "join", name: "team talk" }],
    ["/join #team", { kind: "join", name: "team" }],
    ["/create plans", { kind: "create", name: "plans", private: false }],
    ["/create --private my plans", { kind: "create", name: "my plans", private: true }],
    ["/leave", { kind: "leave" }],
    ["/edit what I meant\nto say", { kind: "edit", text: "what I meant\nto say" }],
    ["/delete", { kind: "delete" }],
    ["/react 👍", { kind: "react", emoji: "👍" }],
    ["/topic Lunch at one", { kind: "topic", topic: "Lunch at one" }],
    ["/invite grace hopper", { kind: "invite", to: { name: "grace hopper" } }],
    ["/kick #4", { kind: "kick", to: { number: 4 } }],
    ["/mute bob", { kind: "mute", to: { name: "bob" }, seconds: null }],
    ["/mute 4 10m", { kind: "mute", to: { number: 4 }, seconds: 600 }],
    ['/ban "bob b" 2h', { kind: "ban", to: { name: "bob b" }, seconds: 7_200 }],
    ["/ban bob 3d", { kind: "ban", to: { name: "bob" }, seconds: 259_200 }],
    ["/unmute bob", { kind: "unmute", to: { name: "bob" } }],
    ["/unban @bob", { kind: "unban", to: { name: "bob" } }],
    ["/pins", { kind: "pins" }],
    ["/saved", { kind: "saved" }],
    ["/threads", { kind: "threads" }],
    ["/help", { kind: "help" }],
    ["/quit", { kind: "quit" }],
  ])("%j", (typed, understood) => {
    expect(parseCommand(typed)).toEqual(understood);
  });

  it("names what exists when a command does not", () => {
    const command = parseCommand("/lsit");
    expect(command.kind).toBe("error");
    for (const { name } of commands) expect(JSON.stringify(command)).toContain(`/${name}`);
  });

  it.each(["/msg", "/msg 3", '/msg "" hi', "/join", "/create", "/create --privat x", "/edit", "/react a b"])(
    "says how %j goes on",
    (typed) => {
      const command = parseCommand(typed);
      expect(command.kind).toBe("error");
      expect(JSON.stringify(command)).toContain(typed.split(" ")[0]);
    },
  );
});

describe("completion", () => {
  it("offers what can still become a command", () => {
    expect(completeCommand("/").map((c) => c.name)).toEqual(commands.map((c) => c.name));
    expect(completeCommand("/l").map((c) => c.name)).toEqual(["list", "leave"]);
  });

  it.each(["/list ", "/usr/", "l", "//l", ""])("stays away from %j", (typed) => {
    expect(completeCommand(typed)).toEqual([]);
  });
});
