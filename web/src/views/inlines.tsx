import { type Inline, textOf } from "../formatting/tree.ts";
import { WithMentions } from "./mentions.tsx";

/** Formatted words, from a tree of known parts. */
export function Inlines({ inlines }: { inlines: readonly Inline[] }) {
  return (
    <>
      {inlines.map((inline, i) =>
        inline.kind === "text" ? (
          <WithMentions key={i} text={inline.text} />
        ) : (
          <InlinePart key={i} inline={inline} />
        ),
      )}
    </>
  );
}

function InlinePart({ inline }: { inline: Exclude<Inline, { kind: "text" }> }) {
  switch (inline.kind) {
    case "code":
      return <code>{inline.text}</code>;
    case "link":
      return (
        <a
          href={inline.href}
          // Where it leads, if its words do not say so.
          title={textOf(inline.children) === inline.href ? undefined : inline.href}
          target="_blank"
          rel="noopener noreferrer nofollow"
        >
          <Inlines inlines={inline.children} />
        </a>
      );
    case "strong":
      return (
        <strong>
          <Inlines inlines={inline.children} />
        </strong>
      );
    case "emphasis":
      return (
        <em>
          <Inlines inlines={inline.children} />
        </em>
      );
    case "strike":
      return (
        <s>
          <Inlines inlines={inline.children} />
        </s>
      );
  }
}
