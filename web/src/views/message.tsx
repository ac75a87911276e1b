import { Component, createRef } from "preact";
import { useMemo } from "preact/hooks";
import type { OutboxEntry } from "../../client/contract.ts";
import { isFor, namesIn } from "../../client/mentions.ts";
import type { Actions } from "../actions.ts";
import type { Block } from "../state/layout.ts";
import type { Message, MessageReference, Person, RoomId } from "../state/model.ts";
import { attended } from "./attending.ts";
import { Avatar } from "./avatar.tsx";
import { ClockIcon } from "./icons.tsx";
import { MentionNames } from "./mentions.tsx";
import { MessageText } from "./message-text.tsx";
import { onDemand } from "./on-demand.tsx";
import { type Seen, SeenRow } from "./seen.tsx";
import { Clock } from "./times.tsx";
import "./message.css";

type Group = Extract<Block, { kind: "group" }>;

/** Where messages are shown, and to whom. */
export interface Place {
  readonly room: RoomId;
  readonly me: Person;
  /** Whether one has a role in the room. */
  readonly moderates: boolean;
  readonly actions: Actions;
  /** The thread of which this is the view; undefined in the conversation of the room. */
  readonly thread?: MessageReference;
  /** The message that an answer names, as far as it is known. */
  readonly original: (of: MessageReference) => Message | undefined;
}

/** Messages that one person wrote in one go: name and time once. */
export function MessageGroup({ group, place, seen }: { group: Group; place: Place; seen: Seen }) {
  return (
    <article class="group" aria-label={`${group.by.name}`}>
      <Avatar id={group.by.id} name={group.by.name} />
      <header class="group__head">
        <bdi class="group__name">{group.by.name}</bdi>
        <Clock at={group.at} />
      </header>
      {group.shown.map((shown) =>
        shown.kind === "message" ? (
          <SeenRow key={shown.key} by={seen.get(shown.message.id)}>
            <SentRow
              message={shown.message}
              original={shown.message.replyTo && place.original(shown.message.replyTo)}
              place={place}
            />
          </SeenRow>
        ) : (
          <Pending key={shown.key} pending={shown.pending} place={place} />
        ),
      )}
    </article>
  );
}

/** As high as a quote, so that nothing moves when that comes. */
const QuotePlace = () => <div class="message__quote-place" />;
const Quote = onDemand(() => import("./message-extras.ts").then((module) => module.Quote), QuotePlace);

/** To be prepared once there is time, so that they are there when a message is pointed at. */
export const MessageTools = onDemand(() =>
  import("./message-extras.ts").then((module) => module.MessageTools),
);

const Failed = onDemand(() => import("./message-extras.ts").then((module) => module.Failed));
const Replies = onDemand(() => import("./message-extras.ts").then((module) => module.Replies));
const Reactions = onDemand(() => import("./message-extras.ts").then((module) => module.Reactions));

interface Attended {
  /** By the mouse, or by the focus as the keyboard moves it. */
  near: boolean;
  /** Its menu was asked for, there. */
  menuAt: DOMRect | null;
}

/** Drawn again only when the message itself changed, whatever arrives around it, or when somebody attends to it. */
class SentRow extends Component<{ message: Message; original: Message | undefined; place: Place }, Attended> {
  override state: Attended = { near: false, menuAt: null };
  readonly row = createRef<HTMLDivElement>();
  private stopWatching = () => {};

  override componentDidMount() {
    if (this.row.current === null) return;
    this.stopWatching = attended(this.row.current, {
      near: (near) => this.setState({ near }),
      held: (menuAt) => this.setState({ menuAt }),
    });
  }

  override componentWillUnmount() {
    this.stopWatching();
  }

  override shouldComponentUpdate(
    next: { message: Message; original: Message | undefined },
    attended: Attended,
  ) {
    const { message, original } = this.props;
    return next.message !== message || next.original !== original || attended !== this.state;
  }

  render() {
    const { message, place } = this.props;
    const { near, menuAt } = this.state;
    const row = this.row.current;
    return (
      <div
        ref={this.row}
        class={isFor(message, place.me.id) ? "message message--for-me" : "message"}
        data-key={message.id}
        tabIndex={-1}
      >
        {message.replyTo === undefined || message.replyTo.id === place.thread?.id ? null : (
          <Quote of={message.replyTo} original={this.props.original} from={message.id} place={place} />
        )}
        <Sent message={message} place={place} />
        {near ? (
          <span class="message__time">
            <Clock at={message.at} />
          </span>
        ) : null}
        {row !== null && (near || menuAt !== null) ? (
          <MessageTools
            context={{ message, ...place }}
            row={row}
            near={near}
            menuAt={menuAt}
            onMenu={(menuAt) => this.setState({ menuAt })}
          />
        ) : null}
      </div>
    );
  }
}

function Sent({ message, place }: { message: Message; place: Place }) {
  const { room, me, actions } = place;
  const names = useMemo(
    () => ({ names: namesIn(message, (id) => actions.nameOf(room, id)), me: me.name }),
    [message, room],
  );
  const said = (
    <>
      {message.deleted || message.text === undefined ? (
        <p class="message__gone" dir="auto">
          {message.deletedBy === undefined
            ? "This message was deleted."
            : `This message was deleted by ${message.deletedBy.name}, who moderates here.`}
        </p>
      ) : (
        <MessageText text={message.text} actions={place.actions}>
          {message.editedAt === undefined ? null : <Edited message={message} actions={place.actions} />}
        </MessageText>
      )}
      {message.reactions === undefined ? null : <Reactions message={message} place={place} />}
      {message.replies === undefined || place.thread !== undefined ? null : (
        <Replies message={message} place={place} />
      )}
    </>
  );
  return names.names.length === 0 ? (
    said
  ) : (
    <MentionNames.Provider value={names}>{said}</MentionNames.Provider>
  );
}

function Edited({ message, actions }: { message: Message; actions: Actions }) {
  return (
    <>
      {" "}
      <button
        type="button"
        class="message__edited"
        title="Show what it said before"
        onClick={() => actions.openDialog({ name: "message-versions", message })}
      >
        (edited)
      </button>
    </>
  );
}

function Pending({ pending, place }: { pending: OutboxEntry; place: Place }) {
  const { actions } = place;
  const replyTo = pending.extras?.replyTo as MessageReference | undefined;
  const failed = pending.state === "failed";
  return (
    <div class={failed ? "message message--failed" : "message message--pending"} data-key={pending.id}>
      {replyTo === undefined || replyTo.id === place.thread?.id ? null : (
        <Quote of={replyTo} original={place.original(replyTo)} from={pending.id} place={place} />
      )}
      <MessageText text={pending.text} actions={actions} />
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
