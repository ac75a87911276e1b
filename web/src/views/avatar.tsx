import type { Appearance } from "../state/status.ts";
import "./avatar.css";

const hues = [15, 45, 80, 115, 145, 175, 205, 235, 265, 295, 325, 350];

/** Initials on a colour that follows from the id; decoration, the name always stands beside it. */
export function Avatar({
  id,
  name,
  small,
  status,
}: {
  id: string;
  name: string;
  small?: boolean;
  status?: Appearance | undefined;
}) {
  return (
    <span
      class={small ? "avatar avatar--small" : "avatar"}
      style={{ "--avatar-hue": hueOf(id) }}
      aria-hidden="true"
    >
      {initials(name)}
      {status === undefined ? null : <span class={`dot dot--${status}`} />}
    </span>
  );
}

function hueOf(id: string): number {
  let hash = 0;
  for (let i = 0; i < id.length; i++) hash = (hash * 31 + id.charCodeAt(i)) >>> 0;
  return hues[hash % hues.length] ?? 0;
}

/** "ada lovelace" is AL, "ada" is A. */
function initials(name: string): string {
  const words = name.split(/[\s._-]+/u).filter((word) => word !== "");
  const first = [...(words[0] ?? "")][0] ?? "?";
  const last = words.length > 1 ? ([...(words.at(-1) ?? "")][0] ?? "") : "";
  return (first + last).toUpperCase();
}
