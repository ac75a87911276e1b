import markdownIt, { type StateBlock, type StateInline, type Token } from "markdown-it";
import { addressAt, pieces, safeHref } from "./addresses.ts";
import { type Block, type Inline, textOf } from "./tree.ts";

/** Lists and quotes in one another, beyond which a line is text, whatever it starts with. */
const deepest = 12;
/** Empty lines in a row that are shown. */
const widestGap = 4;

const parser = createParser();

/**
 * Reads the part of Markdown that a conversation needs: emphasis, strong, struck out, code, links, quotes, lists. All
 * else stays as it was typed: line breaks, spaces, empty lines, and any HTML.
 */
export function parse(text: string): readonly Block[] {
  return read(parser.parse(text, {}), text.split("\n"));
}

function createParser() {
  const md = markdownIt("zero", { maxNesting: 2 * deepest });
  md.normalizeLink = (url) => safeHref(url) ?? "";
  md.validateLink = (href) => href !== "";
  const { block, inline } = md;
  block.ruler.at("paragraph", paragraph);
  block.ruler.before("fence", "as typed", asTyped);
  // A quote ends with the last line that carries its mark: what follows is an answer to it, not a part of it.
  block.ruler.before("paragraph", "answer", (_state, _line, _end, silent) => silent === true, {
    alt: ["blockquote"],
  });
  inline.ruler.before("newline", "address", address);
  inline.ruler.at("escape", backslash);
  return md.enable([
    ...["fence", "blockquote", "list"],
    ...["escape", "backticks", "strikethrough", "emphasis", "link"],
    "balance_pairs",
  ]);
}

/** Like Markdown's, but keeps spaces, and ends where a line is not indented as deep as the list that it is in. */
function paragraph(state: StateBlock, start: number, end: number): boolean {
  const terminators = state.md.block.ruler.getRules("paragraph");
  const before = state.parentType;
  state.parentType = "paragraph";
  let line = start + 1;
  while (line < end && !state.isEmpty(line)) {
    if ((state.sCount[line] ?? 0) < state.blkIndent) break;
    if (terminators.some((terminates) => terminates(state, line, end, true))) break;
    line++;
  }
  state.parentType = before;
  state.line = line;
  const token = state.push("inline", "", 0);
  token.content = state.getLines(start, line, state.blkIndent, false);
  token.map = [start, line];
  token.children = [];
  return true;
}

/** Smileys like `>:(` are no quotes, a dash alone is no list, and nothing goes deeper than anybody reads. */
function asTyped(state: StateBlock, line: number, end: number, silent?: boolean): boolean {
  if (silent) return false;
  const at = (state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0);
  const start = state.src.slice(at, at + 2);
  const mark = state.src.slice(at, state.eMarks[line]);
  const nothing = /^>[^\s>]$/.test(start) || (mark.length < 12 && /^(?:[-+*]|\d+[.)])\s*$/.test(mark));
  return (nothing || state.level >= deepest) && paragraph(state, line, end);
}

/** Takes addresses out of the text before their underscores can be taken for emphasis. */
function address(state: StateInline, silent: boolean): boolean {
  if (state.src[state.pos] !== ":" || state.linkLevel > 0) return false;
  const scheme = /\b(?:https?|mailto)$/iu.exec(state.pending.slice(-7))?.[0];
  if (scheme === undefined) return false;
  const start = state.pos - scheme.length;
  const found = addressAt(state.src.slice(0, state.posMax), start);
  if (found === undefined) return false;
  if (!silent) {
    state.pending = state.pending.slice(0, -scheme.length);
    state.push("link_open", "a", 1).attrs = [["href", found.href]];
    state.push("text", "", 0).content = state.src.slice(start, found.end);
    state.push("link_close", "a", -1);
  }
  state.pos = found.end;
  return true;
}

/** A mark after a backslash is none; both stay, so that paths and shrugs are what they were. */
function backslash(state: StateInline, silent: boolean): boolean {
  const pair = state.src.slice(state.pos, state.pos + 2);
  if (!/^\\[*_`~[\]]$/.test(pair) || state.pos + 2 > state.posMax) return false;
  if (!silent) state.pending += pair;
  state.pos += 2;
  return true;
}

type Parent =
  | { kind: "blocks"; blocks: Block[]; gap: number }
  | { kind: "list"; items: Block[][]; gap: number; start: number | null };

/** Makes a tree of the parser's flat list of opening and closing tokens. */
function read(tokens: readonly Token[], lines: readonly string[]): Block[] {
  const root: Block[] = [];
  const parents: Parent[] = [{ kind: "blocks", blocks: root, gap: 0 }];
  const into = () => {
    const parent = parents.at(-1);
    return parent?.kind === "blocks" ? parent.blocks : root;
  };
  for (const token of tokens) {
    const gap = emptyLinesBefore(lines, token.map?.[0] ?? 0);
    switch (token.type) {
      case "inline":
        into().push({ kind: "text", gap, children: readInline(token.children ?? []) });
        break;
      case "fence":
        into().push({ kind: "code", gap, ...codeOf(token) });
        break;
      case "blockquote_open":
        parents.push({ kind: "blocks", blocks: [], gap });
        break;
      case "bullet_list_open":
      case "ordered_list_open": {
        const start = token.type === "bullet_list_open" ? null : Number(token.attrGet("start") ?? 1);
        parents.push({ kind: "list", items: [], gap, start });
        break;
      }
      case "list_item_open":
        parents.push({ kind: "blocks", blocks: [], gap });
        break;
      case "list_item_close": {
        const item = parents.pop();
        const list = parents.at(-1);
        if (item?.kind === "blocks" && list?.kind === "list") list.items.push(item.blocks);
        break;
      }
      case "blockquote_close":
      case "bullet_list_close":
      case "ordered_list_close": {
        const done = parents.pop();
        if (done?.kind === "list") into().push(done);
        else if (done !== undefined) into().push({ kind: "quote", gap: done.gap, blocks: done.blocks });
        break;
      }
    }
  }
  return root;
}

/** Many write code right behind the mark, and the closing mark right behind the code: none of it may get lost. */
function codeOf({ info, content, markup }: Token): { language: string; text: string } {
  const isLanguage = /^[ \t]*[\w+#.-]*[ \t]*$/.test(info);
  const text = isLanguage ? content : `${info}\n${content}`;
  return { language: isLanguage ? info.trim() : "", text: withoutEnd(withoutEnd(text, "\n"), markup) };
}

function withoutEnd(text: string, end: string): string {
  return text.endsWith(end) ? text.slice(0, -end.length) : text;
}

const inlineKinds = { strong: "strong", em: "emphasis", s: "strike" } as const;

function readInline(tokens: readonly Token[]): Inline[] {
  const root: Inline[] = [];
  const parents: Inline[][] = [root];
  const into = () => parents.at(-1) ?? root;
  for (const token of tokens) {
    if (token.nesting === 1) {
      const children: Inline[] = [];
      const kind = inlineKinds[token.tag as keyof typeof inlineKinds];
      const href = safeHref(String(token.attrGet("href")));
      if (kind !== undefined) into().push({ kind, children });
      else if (href !== undefined) into().push({ kind: "link", href, children });
      // `[words]()` leads nowhere: just words.
      parents.push(kind === undefined && href === undefined ? into() : children);
    } else if (token.nesting === -1) {
      parents.pop();
      if (token.tag === "a") unmask(into());
    } else if (token.type === "code_inline") into().push({ kind: "code", text: token.content });
    else if (token.content !== "") into().push({ kind: "text", text: token.content });
  }
  return root;
}

/** A link whose words are another address would lead elsewhere than it says: it shows both. */
function unmask(siblings: Inline[]) {
  const link = siblings.at(-1);
  if (link?.kind !== "link") return;
  const words = textOf(link.children);
  if (!pieces(words).some((piece) => piece.kind === "link" && piece.href !== link.href)) return;
  const shown: Inline = { kind: "link", href: link.href, children: [{ kind: "text", text: link.href }] };
  siblings.splice(-1, 1, { kind: "text", text: `${words} (` }, shown, { kind: "text", text: ")" });
}

/** At the very beginning there is nothing to keep a distance from. */
function emptyLinesBefore(lines: readonly string[], line: number): number {
  let count = 0;
  while (count < widestGap && /^[\s>]*$/.test(lines[line - 1 - count] ?? "x")) count++;
  return count === line ? 0 : count;
}
