import { expect, it } from "vitest";
import { exitCodes, help, readOptions } from "../../cli/options.ts";

it("reads a command line", () => {
  expect(readOptions(["--name", " ada l "])).toEqual({
    kind: "run",
    options: {
      name: "ada l",
      url: "http://127.0.0.1:3000",
      key: undefined,
      timeoutMs: 15_000,
    },
  });
  expect(
    readOptions(["--name=b", "--url=https://chat.example/", "--key=0123456789abcdef", "--timeout=2"]),
  ).toEqual({
    kind: "run",
    options: {
      name: "b",
      url: "https://chat.example/",
      key: "0123456789abcdef",
      timeoutMs: 2_000,
    },
  });
  expect(readOptions(["-h", "--name"]).kind).toBe("wrong");
  expect(readOptions(["-h"]).kind).toBe("help");
});

it.each([
  [[], "--name"],
  [["--name", "  "], "--name"],
  [["--name", "a/b"], "--name"],
  [["--name", "a".repeat(33)], "--name"],
  [["--nmae", "ada"], "--nmae"],
  [["--name"], "--name"],
  [["--name", "ada", "--url", "chat.example"], "--url"],
  [["--name", "ada", "--url", "file:///etc/passwd"], "--url"],
  [["--name", "ada", "--key", "short"], "--key"],
  [["--name", "ada", "--timeout", "soon"], "--timeout"],
  [["--name", "ada", "--timeout", "0"], "--timeout"],
  [["--name", "ada", "hello"], "hello"],
])("names in one line what is wrong with %j", (args, named) => {
  const usage = readOptions(args);
  if (usage.kind !== "wrong") throw new Error(`taken for right: ${JSON.stringify(usage)}`);
  expect(usage.message).toContain(named);
  expect(usage.message).not.toContain("\n");
});

it("documents every exit code", () => {
  for (const code of Object.values(exitCodes).filter((code) => code !== exitCodes.fault))
    expect(help).toMatch(new RegExp(`(^|\\D)${code} `, "m"));
});
