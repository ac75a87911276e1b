import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { projectFile } from "../../script/cluster/project.ts";
import { chatVariables } from "../../services/chat/config.ts";

const compose = readFileSync(projectFile("docker-compose.yml"), "utf8");

describe("docker-compose.yml", () => {
  // What the image or the balancer's place in it decides.
  const fixed = ["HOST", "PORT", "WEB_ROOT"];
  const handedOn = Object.keys(chatVariables).filter((name) => !fixed.includes(name));

  test.for(handedOn)("hands %s on to the chat nodes", (name) => {
    const chat = /\n {2}chat:\n(.*?)\n {2}presence:/s.exec(compose)?.[1];
    expect(chat).toMatch(new RegExp(`^ {6}${name}:`, "m"));
  });

  test("holds no secret", () => {
    for (const name of ["TOKEN_SECRET", "ADMIN_TOKEN", "REDIS_PASSWORD"])
      expect(compose).not.toMatch(new RegExp(`${name}: *\\S`));
  });
});
