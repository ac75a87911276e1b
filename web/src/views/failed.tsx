import { useState } from "preact/hooks";
import type { OutboxEntry } from "../../client/contract.ts";
import { type Actions, secondsIn } from "../actions.ts";
import { WarningIcon } from "./icons.tsx";
import { useCountdown } from "./times.tsx";

/** Why a message was refused, and what can be done about it. */
export function Failed({ pending, actions }: { pending: OutboxEntry; actions: Actions }) {
  // Counted from when it was refused, which is when this is drawn first.
  const [untilMs] = useState(() => Date.now() + (pending.error?.retryAfterMs ?? 0));
  const leftMs = useCountdown(untilMs);
  return (
    <div class="failed">
      <span class="failed__why">
        <WarningIcon />
        <span dir="auto">Not sent. {whyFailed(pending)}</span>
      </span>
      <span class="failed__ways">
        <button
          type="button"
          class="button button--small"
          disabled={leftMs > 0}
          onClick={() => actions.retry(pending.id)}
        >
          {leftMs > 0 ? `Try again in ${secondsIn(leftMs)}` : "Try again"}
        </button>
        <button type="button" class="button button--small" onClick={() => actions.discard(pending.id)}>
          Discard
        </button>
      </span>
    </div>
  );
}

function whyFailed({ error }: OutboxEntry): string {
  switch (error?.code) {
    case "too_large":
      return "It is too long.";
    case "forbidden":
    case "not_found":
      return error.reason === "muted"
        ? "You are muted in this room."
        : error.reason === "archived"
          ? "This room is archived."
          : "You cannot write here any more.";
    case "rate_limited":
      return "You were a little fast.";
    case "internal":
    case undefined:
      return "Something went wrong on the server.";
    default:
      return error?.message ?? "";
  }
}
