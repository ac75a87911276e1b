import type { ConnectionState } from "../../client/contract.ts";
import type { Link } from "./model.ts";

/** Shorter waits for the connection are not worth a word. */
const silentMs = 1_000;
/** How long "connected again" stays. */
const backMs = 3_000;
/** What reconnecting may take after a node said that it goes away, before it counts as an interruption. */
const drainGraceMs = 5_000;

export type LinkLine =
  | { readonly kind: "none" }
  | { readonly kind: "connecting" }
  | { readonly kind: "disconnected"; readonly waiting: number }
  | { readonly kind: "degraded"; readonly waiting: number }
  | { readonly kind: "back" };

export function changeState(link: Link, state: ConnectionState, nowMs: number): Link {
  if (state === link.state) return link;
  const wasShown = link.everOnline && lineOf(link, 0, nowMs).line.kind === "disconnected";
  // Going from offline to connecting and back is one interruption: its start counts.
  const sinceMs = isAway(state) && isAway(link.state) && link.sinceMs > 0 ? link.sinceMs : nowMs;
  return {
    ...link,
    state,
    sinceMs,
    everOnline: link.everOnline || state === "online",
    backAtMs: state === "online" && wasShown ? nowMs : state === "online" ? link.backAtMs : null,
    quietUntilMs: state === "online" ? 0 : link.quietUntilMs,
    // A node that is left behind cannot say that it recovered; the next one says how it is.
    degraded: state === "online" ? link.degraded : null,
  };
}

export function expectDrain(link: Link, reconnectInMs: number, nowMs: number): Link {
  return { ...link, quietUntilMs: nowMs + reconnectInMs + drainGraceMs };
}

/** What the page says about the connection at `nowMs`, and when that will change by itself. */
export function lineOf(
  link: Link,
  waiting: number,
  nowMs: number,
): { line: LinkLine; untilMs: number | null } {
  switch (link.state) {
    case "ended":
      return { line: { kind: "none" }, untilMs: null };
    case "online":
      if (link.degraded !== null) return { line: { kind: "degraded", waiting }, untilMs: null };
      if (link.backAtMs !== null && nowMs < link.backAtMs + backMs) {
        return { line: { kind: "back" }, untilMs: link.backAtMs + backMs };
      }
      return { line: { kind: "none" }, untilMs: null };
    case "connecting":
    case "offline": {
      const shownFromMs = Math.max(link.sinceMs + silentMs, link.quietUntilMs);
      if (nowMs < shownFromMs) return { line: { kind: "none" }, untilMs: shownFromMs };
      return {
        line: link.everOnline ? { kind: "disconnected", waiting } : { kind: "connecting" },
        untilMs: null,
      };
    }
  }
}

function isAway(state: ConnectionState): boolean {
  return state === "connecting" || state === "offline";
}
