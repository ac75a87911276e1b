import { readFileSync, writeFileSync } from "node:fs";
import { nothingElse, orEnd, readCommandLine } from "../command-line.ts";
import { withConfigurationTable } from "./configuration-table.ts";
import { protocolPage } from "./protocol-page.ts";

orEnd(
  readCommandLine(process.argv.slice(2), {}, nothingElse),
  "npm run docs: writes docs/protocol.md and the table of variables in README.md from the code.\n",
);

// Writes what the documents say from what the code does; test/unit/docs.test.ts fails when they differ.
const at = (path: string) => new URL(`../../${path}`, import.meta.url);
writeFileSync(at("docs/protocol.md"), protocolPage());
writeFileSync(at("README.md"), withConfigurationTable(readFileSync(at("README.md"), "utf8")));
