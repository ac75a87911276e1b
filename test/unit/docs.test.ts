import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withConfigurationTable } from "../../script/docs/configuration-table.ts";
import { protocolPage } from "../../script/docs/protocol-page.ts";

const page = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("docs/protocol.md says what the schemas validate (npm run docs writes it)", () => {
  expect(page("docs/protocol.md")).toBe(protocolPage());
});

test("the README's configuration table says what the code reads (npm run docs writes it)", () => {
  const readme = page("README.md");
  expect(readme).toBe(withConfigurationTable(readme));
});

const documents = ["README.md", "docs/architecture.md", "docs/operations.md", "docs/decisions/README.md"];

test.each(documents)("every relative link of %s leads somewhere", (path) => {
  const links = [...page(path).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1] ?? "");
  const missing = links.filter(
    (link) => !existsSync(new URL(link, new URL(`../../${path}`, import.meta.url))),
  );
  expect(missing).toEqual([]);
});
