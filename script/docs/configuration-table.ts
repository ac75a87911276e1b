import { chatVariables } from "../../services/chat/config.ts";
import type { Variables } from "../../services/platform/variables.ts";
import { presenceVariables } from "../../services/presence/index.ts";
import { launcherVariables } from "../cluster/settings.ts";

const readers: readonly { readonly who: string; readonly variables: Variables }[] = [
  { who: "`script/server`", variables: launcherVariables },
  { who: "chat", variables: chatVariables },
  { who: "presence", variables: presenceVariables },
];

const start = "<!-- configuration: made by npm run docs -->";
const end = "<!-- end of configuration -->";

/** Puts the table of all variables, made from the tables that validate them, into a page between its two marks. */
export function withConfigurationTable(page: string): string {
  const from = page.indexOf(start);
  const to = page.indexOf(end);
  if (from < 0 || to < 0) throw new Error(`the page must have the marks ${start} and ${end}`);
  return `${page.slice(0, from + start.length)}\n${configurationTable()}\n${page.slice(to)}`;
}

function configurationTable(): string {
  const names = [...new Set(readers.flatMap(({ variables }) => Object.keys(variables)))];
  const rows = names.map((name) => {
    const read = readers.filter(({ variables }) => name in variables);
    const [first] = read;
    const variable = first?.variables[name];
    const fallbacks = new Map(read.map(({ who, variables }) => [who, shown(variables[name]?.fallback)]));
    const same = new Set(fallbacks.values()).size === 1;
    const fallback = same
      ? [...fallbacks.values()][0]
      : [...fallbacks].map(([who, value]) => `${value} (${who})`).join(", ");
    return `| \`${name}\` | ${variable?.about} | ${fallback} | ${variable?.mayHold} | ${read.map(({ who }) => who).join(", ")} |`;
  });
  return [
    "",
    "| variable | what it is for | default | may hold | read by |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function shown(fallback: string | undefined): string {
  if (fallback === undefined) return "must be set";
  return fallback.trim() === "" ? "nothing" : `\`${fallback}\``;
}
