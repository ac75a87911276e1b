import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { projectFile } from "../../script/cluster/project.ts";

const page = readFileSync(projectFile("docs", "guarantees.md"), "utf8");
const named = [...page.matchAll(/`(test\/[\w./-]+\.test\.ts)`\s+"([^"]+)"/g)].map(
  ([, file = "", title = ""]) => ({ file, title: title.replaceAll(/\s+/g, " ") }),
);

test.each(named)("the guarantees name a test that is there: $file $title", ({ file, title }) => {
  expect(readFileSync(projectFile(file), "utf8")).toContain(title);
});

test("each of the nine promises names a test that holds it", () => {
  const promises = page.split(/^## (?=\d)/m).slice(1);
  expect(promises.map((promise) => promise.slice(0, 2))).toEqual(
    Array.from({ length: 9 }, (_, i) => `${i + 1}.`),
  );
  for (const promise of promises) expect(promise).toMatch(/\*\*Held by\*\*: `test\//);
});

test("Redis as shipped flushes before it answers", () => {
  const lines = readFileSync(projectFile("deploy", "redis.conf"), "utf8").split("\n");
  for (const line of ["appendonly yes", "appendfsync always", "no-appendfsync-on-rewrite no"])
    expect(lines).toContain(line);
});
