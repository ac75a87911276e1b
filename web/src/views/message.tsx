import { Component, type ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { OutboxEntry } from "../../client/contract.ts";
import { type Actions, secondsIn } from "../actions.ts";
import type { Block, Shown } from "../state/layout.ts";
import type { Message } from "../state/model.ts";
import { isEmojiOnly, pieces } from "../state/text.ts";
import { Avatar } from "./avatar.tsx";
import { ClockIcon, WarningIcon } from "./icons.tsx";
import { Clock, useCountdown } from "./times.tsx";
import "./message.css";

type Group = Extract<Block, { kind: "group" }>;

/** Messages that one person wrote in one go: name and time once. */
export function MessageGroup({ group, actions }: { group: Group; actions: Actions }) {
  return (
    <article class="group" aria-label={`${group.by.name}`}>
      <Avatar id={group.by.id} name={group.by.name} />
      <header class="group__head">
        <bdi class="group__name">{group.by.name}</bdi>
        <Clock at={group.at} />
      </header>
      {group.shown.map((shown) => (
        <MessageRow key={shown.key} shown={shown} actions={actions} />
      ))}
    </article>
  );
}

/** Drawn again only when the message itself changed, whatever arrives around it. */
class MessageRow extends Component<{ shown: Shown; actions: Actions }> {
  override shouldComponentUpdate({ shown: next }: { shown: Shown }) {
    const { shown } = this.props;
    if (next.kind === "message") return shown.kind !== "message" || shown.message !== next.message;
    return shown.kind !== "pending" || shown.pending !== next.pending;
  }

  render() {
    const { shown, actions } = this.props;
    return shown.kind === "message" ? (
      <Sent message={shown.message} />
    ) : (
      <Pending pending={shown.pending} actions={actions} />
    );
  }
}

function Sent({ message }: { message: Message }) {
  return (
    <div class="message" data-key={message.id}>
      {message.deleted || message.text === undefined ? (
        <p class="message__gone">This message was deleted.</p>
      ) : (
        <Text text={message.text}>
          {message.editedAt === undefined ? null : <span class="message__edited"> (edited)</span>}
        </Text>
      )}
      <span class="message__time">
        <Clock at={message.at} />
      </span>
    </div>
  );
}

function Pending({ pending, actions }: { pending: OutboxEntry; actions: Actions }) {
  const failed = pending.state === "failed";
  return (
    <div class={failed ? "message message--failed" : "message message--pending"} data-key={pending.id}>
      <Text text={pending.text} />
      {failed ? (
        <Failed pending={pending} actions={actions} />
      ) : (
        <span class="message__waiting" title="Waiting to be sent">
          <ClockIcon />
          <span class="quietly-hidden">Waiting to be sent</span>
        </span>
      )}
    </div>
  );
}

function Failed({ pending, actions }: { pending: OutboxEntry; actions: Actions }) {
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
      return "You cannot write here any more.";
    case "rate_limited":
      return "You were a little fast.";
    case "internal":
    case undefined:
      return "Something went wrong on the server.";
    default:
      return error?.message ?? "";
  }
}

function Text({ text, children }: { text: string; children?: ComponentChildren }) {
  return (
    <p class={isEmojiOnly(text) ? "message__text message__text--emoji" : "message__text"} dir="auto">
      {pieces(text).map((piece, i) =>
        piece.kind === "text" ? (
          piece.text
        ) : (
          <a key={i} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        ),
      )}
      {children}
    </p>
  );
}
