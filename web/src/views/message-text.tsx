import { useMemo, useState } from "preact/hooks";
import { pieces } from "../formatting/addresses.ts";
import { isEmojiOnly } from "../formatting/emoji.ts";
import { beginningOf } from "../formatting/fold.ts";
import { type Inline, mayBeFormatted } from "../formatting/tree.ts";
import type { FormattedProps } from "./formatted.tsx";
import { Inlines } from "./inlines.tsx";
import { onDemand } from "./on-demand.tsx";
import "./message-text.css";

/** The parser for formatting and its views come on demand; until then a text stands as it was typed. */
export const Formatted = onDemand(
  () => import("./formatted.tsx").then((module) => module.Formatted),
  AsTyped,
);

/** What somebody wrote, folded when it is long. */
export function MessageText({ text, actions, children }: FormattedProps) {
  const [open, setOpen] = useState(false);
  const beginning = useMemo(() => beginningOf(text), [text]);
  const shown = open ? text : (beginning ?? text);
  const Text = useMemo(() => mayBeFormatted(shown), [shown]) ? Formatted : AsTyped;
  return (
    <>
      <Text text={shown} actions={actions}>
        {children}
      </Text>
      {beginning === undefined ? null : (
        <button
          type="button"
          class="button button--small message__fold"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? "Show less" : "Show more"}
        </button>
      )}
    </>
  );
}

function AsTyped({ text, children }: FormattedProps) {
  const inlines = useMemo(() => linked(text), [text]);
  return (
    <p class={isEmojiOnly(text) ? "message__text message__text--emoji" : "message__text"} dir="auto">
      <Inlines inlines={inlines} />
      {children}
    </p>
  );
}

/** Without formatting, addresses are still links. */
function linked(text: string): Inline[] {
  return pieces(text).map((piece) =>
    piece.kind === "text" ? piece : { ...piece, children: [{ kind: "text", text: piece.text }] },
  );
}
