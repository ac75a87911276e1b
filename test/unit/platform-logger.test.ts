import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

/** What a process writes that logs these, one line each. */
function logged(...lines: unknown[][]): Record<string, unknown>[] {
  const module = new URL("../../services/platform/logger.ts", import.meta.url).href;
  const program = `
    import { createLogger } from ${JSON.stringify(module)};
    const log = createLogger({ level: "info", service: "chat", id: "chat-1" });
    log.debug("not this");
    for (const line of ${JSON.stringify(lines)}) log.info(...line);
    const error = Object.assign(new Error("it broke"), { code: "EBROKE" });
    log.error({ err: error }, "failed");
  `;
  const run = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program], {
    encoding: "utf8",
  });
  expect(run.stderr).toBe("");
  return run.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

it("logs one JSON object a line, with who and when, and neither secrets nor what people wrote", {
  timeout: 30_000,
}, () => {
  const secret = "hush-hush";
  const lines = logged(
    [{ user: "u1", room: "lobby" }, "signed in"],
    [
      { token: secret, key: secret, password: secret, text: secret, cookie: secret, authorization: secret },
      "top",
    ],
    [
      { guest: { name: "ada", key: secret }, auth: { token: secret }, message: { id: "m1", text: secret } },
      "nested",
    ],
    [
      {
        request: {
          headers: { authorization: secret, cookie: secret },
          body: { text: secret, token: secret },
        },
      },
      "deep",
    ],
  );
  expect(lines.map((line) => line.msg)).toEqual(["signed in", "top", "nested", "deep", "failed"]);
  for (const line of lines) {
    expect(line).toMatchObject({ service: "chat", id: "chat-1" });
    expect(new Date(String(line.time)).toISOString()).toBe(line.time);
  }
  expect(lines[0]).toMatchObject({ user: "u1", room: "lobby" });
  expect(JSON.stringify(lines)).not.toContain(secret);
  expect(lines[1]).toMatchObject({ token: "[cut]", text: "[cut]" });
  expect(lines[2]).toMatchObject({
    guest: { name: "ada", key: "[cut]" },
    message: { id: "m1", text: "[cut]" },
  });
  expect(lines[4]).toMatchObject({ err: { message: "it broke", code: "EBROKE" } });
});
