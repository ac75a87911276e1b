import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { stretches } from "../../client/mentions.ts";
import { foldName } from "../state/people.ts";
import "./mentions.css";

/** Whom the message around mentions, by name, and who looks at it. */
export const MentionNames = createContext<{ readonly names: readonly string[]; readonly me: string }>({
  names: [],
  me: "",
});

/** A text in which the people whom the message mentions stand out, oneself most of all. */
export function WithMentions({ text }: { text: string }) {
  const { names, me } = useContext(MentionNames);
  if (names.length === 0) return text;
  return (
    <>
      {stretches(text, names).map(({ text: stretch, name }, i) => {
        if (name === undefined) return stretch;
        const mine = foldName(name) === foldName(me) || name === "here" || name === "all";
        return (
          <span key={i} class={mine ? "mention mention--me" : "mention"}>
            {stretch}
          </span>
        );
      })}
    </>
  );
}
