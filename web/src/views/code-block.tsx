import { useEffect, useState } from "preact/hooks";
import type { Actions } from "../actions.ts";
import type { Span } from "../formatting/highlight.ts";
import "./code-block.css";

/** Code as it was typed, coloured once its grammar is here, with a button that copies it. */
export function CodeBlock({ text, language, actions }: { text: string; language: string; actions: Actions }) {
  const [spans, setSpans] = useState<readonly Span[]>();

  useEffect(() => {
    let gone = false;
    setSpans(undefined);
    if (language === "") return;
    import("../formatting/highlight.ts")
      .then(({ highlight }) => highlight(text, language))
      .then(
        (found) => !gone && setSpans(found),
        () => {
          // Without colours it reads as well.
        },
      );
    return () => {
      gone = true;
    };
  }, [text, language]);

  return (
    <div class="code">
      <div class="code__head">
        <span>{language === "" ? "Code" : language}</span>
        <button type="button" class="code__copy" onClick={() => actions.copy(text)}>
          Copy
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre class="code__text" dir="ltr" tabIndex={0}>
        <code>
          {spans === undefined
            ? text
            : spans.map((span, i) =>
                span.is === undefined ? (
                  span.text
                ) : (
                  <span key={i} class={`code__${span.is}`}>
                    {span.text}
                  </span>
                ),
              )}
        </code>
      </pre>
    </div>
  );
}
