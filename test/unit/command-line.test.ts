import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { projectFile } from "../../script/cluster/project.ts";
import { among, numberFrom, readCommandLine } from "../../script/command-line.ts";
import { readTask } from "../faults/options.ts";

describe("a command line", () => {
  it("is understood, or what is wrong is named in one line", () => {
    const read = (...args: string[]) =>
      readCommandLine(args, { size: { type: "string", default: "3" } }, ({ size }, names) => ({
        size: numberFrom("size", size, { least: 1, most: 9 }),
        names: names.map((name) => among("thing", name, ["box", "bag"])),
      }));
    expect(read("box", "--size=4")).toEqual({ kind: "run", asked: { size: 4, names: ["box"] } });
    expect(read("-h", "--size=99")).toEqual({ kind: "help" });
    for (const wrong of ["0", "10", "2.5", "many", ""])
      expect(read(`--size=${wrong}`)).toEqual({
        kind: "wrong",
        message: `--size must be a whole number from 1 to 9, not "${wrong}"`,
      });
    expect(read("tin")).toEqual({ kind: "wrong", message: 'There is no thing "tin"; there are box, bag' });
    expect(read("--colour")).toEqual({ kind: "wrong", message: "Unknown option '--colour'" });
    expect(read("--size")).toMatchObject({
      kind: "wrong",
      message: expect.stringMatching(/^[^\n.]*--size[^\n.]*$/),
    });
  });

  it("that a program is at fault for is no wrong command line", () => {
    const read = () =>
      readCommandLine([], {}, () => {
        throw new Error("a fault");
      });
    expect(read).toThrow("a fault");
  });
});

describe("the fault suite is told", () => {
  it.each([
    [["--minutes", "abc"], "--minutes must be a number from 0.1 to 1440"],
    [["--minutes", "0"], "--minutes"],
    [["--deploy", "--clients", "-1"], "--clients"],
    [["--deploy", "--clients=-1"], "--clients must be a whole number from 1 to 20000"],
    [["--clients", "5"], "--clients belongs to"],
    [["--topology", "ring"], 'There is no topology "ring"; there are standalone'],
    [["--faults", "node-kill,flood"], 'There is no fault "flood"; there are '],
    [["--topology", "cluster", "--faults", "redis-slow-200"], "There is no fault"],
    [["--deploy", "--herd"], "one at a time"],
    [["node-kill"], "node-kill"],
    [["--nodes", "many"], "--nodes"],
  ])("%j: %s", (args, message) => {
    expect(readTask(args)).toMatchObject({ kind: "wrong", message: expect.stringContaining(message) });
  });

  it("what to do", () => {
    expect(readTask(["--seed", "x", "--faults", "node-kill, node-freeze", "--minutes", "0.5"])).toMatchObject(
      {
        kind: "run",
        asked: { kind: "rounds", seed: "x", faults: ["node-kill", "node-freeze"], minutes: 0.5, nodes: 3 },
      },
    );
    expect(readTask(["--herd"])).toMatchObject({ asked: { kind: "herd", clients: 4_000 } });
  });

  it("and says what it can, with an exit code for whoever called it", () => {
    const call = (...args: string[]) =>
      spawnSync(process.execPath, ["--import", "tsx", projectFile("test", "faults", "main.ts"), ...args], {
        encoding: "utf8",
      });
    const wrong = call("--colour");
    expect(wrong).toMatchObject({ status: 2, stdout: "" });
    expect(wrong.stderr).toMatch(/^Unknown option '--colour'\n\nnpm run faults/);
    expect(call("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("--minutes") });
  });
});
