import type { TargetedKeyboardEvent } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Actions } from "../actions.ts";
import { listNames } from "../state/announce.ts";
import { type RoomAttention, seenIn } from "../state/attention.ts";
import { type Block, type Day, layOut } from "../state/layout.ts";
import {
  lobbyId,
  type MessageReference,
  type OutboxEntry,
  type Person,
  type Room,
  type Timeline as TimelineState,
} from "../state/model.ts";
import { drawnStretch, unseenIn } from "../state/stretch.ts";
import { messageAt } from "../state/timeline.ts";
import { attendTo } from "./attending.ts";
import { DownIcon } from "./icons.tsx";
import { MessageGroup, type Place } from "./message.tsx";
import { onDemand } from "./on-demand.tsx";
import { createReadingPlace } from "./reading-place.ts";
import type { Seen } from "./seen.tsx";
import { dayName, useDays } from "./times.tsx";
import "./timeline.css";

/** Over the messages, so it may come after them. */
const NewBar = onDemand(() => import("./room-extras.ts").then((module) => module.NewBar));

const WayBack = onDemand(() => import("./message-extras.ts").then((module) => module.WayBack));

/** Acts are heard as they happen and are no part of history, so there is time to fetch their words. */
export const ActLine = onDemand(() => import("./room-extras.ts").then((module) => module.ActLine));

/** The conversation of one room. To be keyed by the room. */
export function Timeline(props: {
  room: Room;
  timeline: TimelineState;
  pending: readonly OutboxEntry[];
  me: Person;
  actions: Actions;
  title: string;
  receipts: RoomAttention["receipts"];
}) {
  const { room, timeline, pending, me, actions } = props;
  const shownIn = usePlace(room, timeline, me, actions);
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const { entries, above, below, belowIsNew } = useMemo(
    () => drawnStretch(timeline),
    [timeline.entries, timeline.tail, timeline.end, timeline.seen],
  );
  const days = useMemo(
    () => layOut(entries, below ? [] : pending, { me, newAfter: timeline.newAfter }),
    [entries, pending.map((entry) => entry.id + entry.state).join(), below, me.id, timeline.newAfter],
  );

  const seen = useMemo(() => seenIn(entries, props.receipts), [entries, props.receipts]);

  useEffect(() => (scroller.current === null ? undefined : attendTo(scroller.current)), []);

  // What the scroll handler needs of the latest drawing.
  const latest = useRef({ above, below, belowIsNew, history: timeline.history, room: room.id, actions });
  latest.current = { above, below, belowIsNew, history: timeline.history, room: room.id, actions };
  const place = useRef<ReturnType<typeof createReadingPlace> | null>(null);
  const newestPending = pending.at(-1)?.id;

  useLayoutEffect(() => {
    if (scroller.current === null || content.current === null) return;
    place.current = createReadingPlace(scroller.current, content.current, {
      isNewestDrawn: () => !latest.current.below,
      onScroll(near) {
        const { above, below, belowIsNew, history, room, actions } = latest.current;
        actions.scrolled(room, near.bottom && !below ? "newest" : "away");
        if (near.top && above) actions.scrolled(room, "up");
        else if (near.top && history === "more") actions.loadOlder(room);
        else if (below && (belowIsNew ? near.bottom : near.end)) actions.scrolled(room, "down");
      },
    });
    return () => place.current?.stop();
  }, []);

  // What one writes oneself is always worth being taken to.
  useLayoutEffect(() => {
    if (newestPending !== undefined) {
      place.current?.follow();
      actions.scrolled(room.id, "newest");
    }
  }, [newestPending]);

  // Whoever asked for it: the button, a key, a message of one's own.
  const follows = timeline.end === null;
  useLayoutEffect(() => {
    if (follows) place.current?.follow();
  }, [follows]);

  useLayoutEffect(() => place.current?.drawn(), [days]);

  useLayoutEffect(() => {
    if (timeline.goTo === null) return;
    const { key } = timeline.goTo;
    place.current?.goTo(key);
    import("./message-extras.ts").then(
      ({ pointOut }) => content.current !== null && pointOut(content.current, key),
      () => {
        // It is on screen all the same.
      },
    );
  }, [timeline.goTo]);

  const toNewest = () => actions.scrolled(room.id, "newest");
  const unseen = unseenIn(timeline);

  return (
    <div class="timeline">
      {timeline.newAfter === null ? null : (
        <NewBar room={room} timeline={timeline} scroller={scroller} actions={actions} />
      )}
      <div
        ref={scroller}
        class="timeline__scroller"
        role="log"
        aria-live="off"
        aria-label={`Messages in ${props.title}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        onKeyDown={walk}
      >
        <div ref={content} class="timeline__content">
          <Start room={room} timeline={timeline} above={above} actions={actions} title={props.title} />
          {days.map((day) => (
            <DaySection key={day.key} day={day} place={shownIn} seen={seen} />
          ))}
        </div>
      </div>
      {timeline.cameFrom === null ? null : <WayBack room={room.id} actions={actions} />}
      {follows ? null : (
        <button
          type="button"
          class={unseen > 0 ? "to-newest to-newest--new" : "to-newest"}
          onClick={toNewest}
        >
          <DownIcon />
          {unseen > 0 ? (
            <span>{unseen === 1 ? "1 new message" : `${unseen} new messages`}</span>
          ) : (
            <span class="quietly-hidden">To the newest message</span>
          )}
        </button>
      )}
    </div>
  );
}

/** Where the messages of a room are shown; `thread`: of which this is the view. */
export function usePlace(
  room: Room,
  timeline: TimelineState,
  me: Person,
  actions: Actions,
  thread?: MessageReference,
): Place {
  return useMemo(
    () => ({
      room: room.id,
      me,
      moderates: room.role !== undefined,
      actions,
      ...(thread && { thread }),
      original: (of) => messageAt(timeline, of),
    }),
    [room.id, me, room.role, actions, thread?.id, timeline.entries, timeline.tail, timeline.quoted],
  );
}

/** From message to message by arrow keys, once the focus is in the log; those of what stands in a message are its own. */
export function walk(event: TargetedKeyboardEvent<HTMLElement>) {
  const { key, currentTarget: log } = event;
  const from = event.target as HTMLElement;
  const step = key === "ArrowUp" ? -1 : key === "ArrowDown" ? 1 : 0;
  if (step === 0 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (from !== log && !from.matches(".message")) return;
  event.preventDefault();
  import("./message-extras.ts").then(
    ({ moveFocus }) => moveFocus(log, step),
    () => {
      // No network: the next key tries again.
    },
  );
}

function Start(props: {
  room: Room;
  timeline: TimelineState;
  above: boolean;
  actions: Actions;
  title: string;
}) {
  const { room, timeline, above, actions } = props;
  if (above || timeline.history === "more") return <div class="timeline__start" />;
  switch (timeline.history) {
    case "unknown":
    case "loading":
      return (
        <div class="timeline__start" role="status">
          <span class="timeline__loading">Loading messages …</span>
        </div>
      );
    case "failed":
      return (
        <div class="timeline__start" role="status">
          Messages could not be loaded.{" "}
          <button type="button" class="button button--small" onClick={() => actions.loadOlder(room.id)}>
            Try again
          </button>
        </div>
      );
    case "complete":
      return (
        <div class="timeline__beginning">
          <h2>
            <bdi>{props.title}</bdi>
          </h2>
          <p>{beginningOf(room)}</p>
          {(room.kind === "private" || isAlone(room)) && !room.archived ? (
            <button type="button" class="button button--small" onClick={() => actions.openDialog("invite")}>
              Invite somebody
            </button>
          ) : null}
        </div>
      );
  }
}

/** In a channel that nobody else is in yet. */
const isAlone = (room: Room) => room.members === 1 && room.id !== lobbyId;

function beginningOf(room: Room): string {
  switch (room.kind) {
    case "direct":
      return `This is where your conversation with ${room.name} begins. Only the two of you can read it.`;
    case "private":
      return "This is where this private room begins. Only its members can read it.";
    case "channel":
      return room.id === lobbyId
        ? "This is where the lobby begins. Everybody who signs in is here: say hello."
        : "This is where this channel begins. Everybody can find and join it.";
  }
}

export function DaySection({ day, place, seen }: { day: Day; place: Place; seen: Seen }) {
  const nowMs = useDays();
  return (
    <section class="day">
      <h2 class="day__line">
        <time dateTime={day.key}>{dayName(day.at, nowMs)}</time>
      </h2>
      {day.blocks.map((block) => (
        <DayBlock key={block.key} block={block} place={place} seen={seen} />
      ))}
    </section>
  );
}

function DayBlock({ block, place, seen }: { block: Block; place: Place; seen: Seen }) {
  switch (block.kind) {
    case "group":
      return <MessageGroup group={block} place={place} seen={seen} />;
    case "members":
      return (
        <p class="event" data-key={block.key}>
          {listNames(block.people.map((person) => person.name))} {block.joined ? "joined" : "left"}
        </p>
      );
    case "act":
      return (
        <p class="event" data-key={block.key}>
          <ActLine event={block.event} />
        </p>
      );
    case "new":
      return (
        <p class="new-line" data-key={block.key}>
          <span>New</span>
        </p>
      );
  }
}
