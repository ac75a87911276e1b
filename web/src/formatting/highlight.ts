import type { LanguageFn } from "highlight.js";
import { createLowlight } from "lowlight";

/** A stretch of code, and what it is: `keyword`, `string`, …; undefined where it is nothing in particular. */
export interface Span {
  readonly text: string;
  readonly is?: string;
}

type Grammar = () => Promise<{ default: LanguageFn }>;

/** Each is fetched when somebody shows code in it. The first name is the grammar's own. */
const grammars: readonly (readonly [names: string, load: Grammar])[] = [
  ["bash sh shell zsh console", () => import("highlight.js/lib/languages/bash")],
  ["c h", () => import("highlight.js/lib/languages/c")],
  ["cpp c++ cc hpp", () => import("highlight.js/lib/languages/cpp")],
  ["csharp c# cs", () => import("highlight.js/lib/languages/csharp")],
  ["css", () => import("highlight.js/lib/languages/css")],
  ["diff patch", () => import("highlight.js/lib/languages/diff")],
  ["dockerfile docker", () => import("highlight.js/lib/languages/dockerfile")],
  ["go golang", () => import("highlight.js/lib/languages/go")],
  ["ini toml", () => import("highlight.js/lib/languages/ini")],
  ["java", () => import("highlight.js/lib/languages/java")],
  ["javascript js jsx mjs cjs", () => import("highlight.js/lib/languages/javascript")],
  ["json jsonc", () => import("highlight.js/lib/languages/json")],
  ["kotlin kt", () => import("highlight.js/lib/languages/kotlin")],
  ["lua", () => import("highlight.js/lib/languages/lua")],
  ["markdown md", () => import("highlight.js/lib/languages/markdown")],
  ["php", () => import("highlight.js/lib/languages/php")],
  ["python py", () => import("highlight.js/lib/languages/python")],
  ["ruby rb", () => import("highlight.js/lib/languages/ruby")],
  ["rust rs", () => import("highlight.js/lib/languages/rust")],
  ["sql", () => import("highlight.js/lib/languages/sql")],
  ["swift", () => import("highlight.js/lib/languages/swift")],
  ["typescript ts tsx mts cts", () => import("highlight.js/lib/languages/typescript")],
  ["xml html svg", () => import("highlight.js/lib/languages/xml")],
  ["yaml yml", () => import("highlight.js/lib/languages/yaml")],
];

const lowlight = createLowlight();

/** Longer blocks stay plain: colouring them would be felt. */
const longest = 10_000;

/** Takes code apart by its language; undefined if that is not known here. */
export async function highlight(text: string, language: string): Promise<readonly Span[] | undefined> {
  const known = grammars.find(([names]) => names.split(" ").includes(language.toLowerCase()));
  if (known === undefined || text.length > longest) return undefined;
  const [names, load] = known;
  const name = names.split(" ")[0] ?? "";
  if (!lowlight.registered(name)) lowlight.register(name, (await load()).default);
  const spans: Span[] = [];
  collect(lowlight.highlight(name, text).children, undefined, spans);
  return spans;
}

type Node = ReturnType<typeof lowlight.highlight>["children"][number];

function collect(nodes: readonly Node[], is: string | undefined, spans: Span[]) {
  for (const node of nodes) {
    if (node.type === "text") spans.push({ text: node.value, ...(is === undefined ? {} : { is }) });
    else if (node.type === "element") collect(node.children, kindOf(node.properties.className) ?? is, spans);
  }
}

/** `hljs-title` and `function_` are a `title`. */
function kindOf(className: unknown): string | undefined {
  const first: unknown = Array.isArray(className) ? className[0] : undefined;
  return typeof first === "string" ? /^hljs-([a-z-]+)$/.exec(first)?.[1] : undefined;
}
