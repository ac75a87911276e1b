import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { Actions } from "../actions.ts";
import { parse } from "../formatting/parse.ts";
import type { Block } from "../formatting/tree.ts";
import { CodeBlock } from "./code-block.tsx";
import { Inlines } from "./inlines.tsx";
import "./formatted.css";

export interface FormattedProps {
  text: string;
  actions: Actions;
  /** What is to be said of the message behind its last word. */
  children?: ComponentChildren;
}

/** A message with formatting in it. Drawn from a tree of known parts: nothing is ever set as HTML. */
export function Formatted({ text, actions, children }: FormattedProps) {
  const blocks = useMemo(() => parse(text), [text]);
  const only = blocks.length === 1 ? blocks[0] : undefined;
  return only?.kind === "text" ? (
    <p class="message__text" dir="auto">
      <Inlines inlines={only.children} />
      {children}
    </p>
  ) : (
    <div class="message__text">
      <Blocks blocks={blocks} actions={actions} />
      {children}
    </div>
  );
}

interface BlocksProps {
  blocks: readonly Block[];
  actions: Actions;
  /** In a list or a quote, which takes its direction from the words in it; what has one of its own is not looked at. */
  nested?: boolean;
}

function Blocks({ blocks, actions, nested = false }: BlocksProps) {
  return (
    <>
      {blocks.map((block, i) => (
        <div key={i} class="block" style={block.gap === 0 ? undefined : { "--gap": block.gap }}>
          <BlockInside block={block} actions={actions} nested={nested} />
        </div>
      ))}
    </>
  );
}

function BlockInside({ block, actions, nested }: { block: Block; actions: Actions; nested: boolean }) {
  switch (block.kind) {
    case "text":
      return (
        <p dir={nested ? undefined : "auto"}>
          <Inlines inlines={block.children} />
        </p>
      );
    case "code":
      return <CodeBlock text={block.text} language={block.language} actions={actions} />;
    case "quote":
      return (
        <blockquote class="quote" dir="auto">
          <Blocks blocks={block.blocks} actions={actions} nested />
        </blockquote>
      );
    case "list": {
      const items = block.items.map((item, i) => (
        <li key={i}>
          <Blocks blocks={item} actions={actions} nested />
        </li>
      ));
      return block.start === null ? (
        <ul class="list" dir="auto">
          {items}
        </ul>
      ) : (
        <ol class="list" dir="auto" start={block.start}>
          {items}
        </ol>
      );
    }
  }
}
