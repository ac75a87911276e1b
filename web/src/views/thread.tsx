import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Actions, problemOf } from "../actions.ts";
import { type Day, layOut } from "../state/layout.ts";
import type { Message, MessageReference, Person, Room, State } from "../state/model.ts";
import { repliesInWords } from "../state/quote.ts";
import { isIn, pendingIn, roomTitle, timelineOf } from "../state/select.ts";
import { messageAt } from "../state/timeline.ts";
import { attendTo } from "./attending.ts";
import { CloseIcon } from "./icons.tsx";
import { createReadingPlace } from "./reading-place.ts";
import type { Seen } from "./seen.tsx";
import { DaySection, usePlace, walk } from "./timeline.tsx";
import { Writing } from "./writing.tsx";
import "./about.css";
import "./thread.css";

const nobodySaw: Seen = new Map();

interface ThreadProps {
  of: MessageReference;
  room: Room;
  state: State;
  actions: Actions;
  /** Instead of the conversation. */
  main: boolean;
}

/** A message and what answers it. Beside the conversation, or instead of it on a phone. To be keyed by the message. */
export function Thread(props: ThreadProps) {
  const { of, room, state, actions, main } = props;
  const Title = main ? "h1" : "h2";
  const title = useRef<HTMLHeadingElement>(null);
  const thread = useThread(props);
  useEffect(() => {
    if (main) title.current?.focus();
  }, [main]);

  const { me } = state;
  if (me === null) return null;
  const inside = (
    <>
      <header class="about__head">
        <Title ref={title} class="about__title" tabIndex={-1}>
          Thread <span class="thread__where">in {roomTitle(room)}</span>
        </Title>
        <button
          type="button"
          class="button button--small"
          aria-pressed={thread.follows}
          title={thread.follows ? "New replies count for you" : "Count new replies for me"}
          disabled={thread.root === undefined}
          onClick={thread.follow}
        >
          {thread.follows ? "Following" : "Follow"}
        </button>
        <button type="button" class="icon-button" title="Close the thread" onClick={actions.back}>
          <CloseIcon />
          <span class="quietly-hidden">Close the thread</span>
        </button>
      </header>
      {thread.root === undefined ? (
        <p class="thread__nothing" role="status">
          {thread.problem ?? "Loading the thread …"}
        </p>
      ) : (
        <Conversation {...props} me={me} root={thread.root} thread={thread} />
      )}
      {thread.root === undefined ? null : (
        <Writing room={room} me={me} state={state} actions={actions} phone={main} thread={of} />
      )}
    </>
  );
  return main ? (
    <main id="main" class="thread" tabIndex={-1}>
      {inside}
    </main>
  ) : (
    <aside class="thread" aria-label="Thread">
      {inside}
    </aside>
  );
}

type Reading = ReturnType<typeof useThread>;

/** Reads the thread, again after each reconnect, and says what was read of it. */
function useThread({ of, room, state, actions }: ThreadProps) {
  const timeline = timelineOf(state, room.id);
  const online = state.link.state === "online";
  const [problem, setProblem] = useState<string>();
  const [follows, setFollows] = useState(false);
  const [more, setMore] = useState(false);
  /** Up to which reply it was read when it was opened; null: not known yet. */
  const [readAtFirst, setReadAtFirst] = useState<number | null>(null);
  const root = messageAt(timeline, of);
  const replies = useMemo(
    () => repliesIn([...timeline.quoted, ...timeline.entries, ...timeline.tail], of),
    [timeline.quoted, timeline.entries, timeline.tail, of.id],
  );
  const last = replies.at(-1)?.seq ?? 0;
  // A history that starts over takes with it what was read apart.
  const isLost = readAtFirst !== null && timeline.quoted.length === 0;

  async function read(before?: number) {
    try {
      const page = await (await actions.keptMessages()).readThread(room.id, of, before);
      setProblem(undefined);
      setMore(page.more);
      if (before !== undefined) return;
      setFollows(page.follows);
      setReadAtFirst((known) => known ?? (page.follows ? page.read : Number.POSITIVE_INFINITY));
    } catch (error) {
      setProblem(
        (error as { code?: string }).code === "conflict"
          ? "This thread is not there any more."
          : problemOf(error),
      );
    }
  }

  useEffect(() => {
    if (online) void read();
  }, [online, isLost, of.id]);

  // Whoever answers follows by that; and one may follow, or stop, on another device.
  const isFollowed = state.threads.some((thread) => thread.root.id === of.id);
  const wasFollowed = useRef(isFollowed);
  useEffect(() => {
    if (isFollowed !== wasFollowed.current) setFollows(isFollowed);
    wasFollowed.current = isFollowed;
  }, [isFollowed]);

  const isKnown = readAtFirst !== null;
  useEffect(() => {
    if (!isKnown || !follows || last === 0 || !online) return;
    const tell = () => {
      if (document.hidden || !document.hasFocus()) return;
      window.removeEventListener("focus", tell);
      void actions.keptMessages().then((kept) => kept.markThreadRead(room.id, of, last));
    };
    window.addEventListener("focus", tell);
    tell();
    return () => window.removeEventListener("focus", tell);
  }, [isKnown, follows, last, online]);

  return {
    root,
    replies,
    problem,
    follows,
    more,
    readAtFirst,
    readEarlier: () => void read(replies[0]?.seq),
    async follow() {
      const on = !follows;
      setFollows(on);
      const failed = await (await actions.keptMessages()).followThread(room.id, of, on);
      if (failed === undefined) return actions.say(on ? "You follow this thread" : "You no longer follow it");
      setFollows(!on);
      actions.note(failed, "error");
    },
  };
}

/** Ascending, each once; what was read apart may also be at hand. */
function repliesIn(entries: readonly (Message | { type: string })[], of: MessageReference): Message[] {
  const found = new Map<string, Message>();
  for (const entry of entries)
    if (entry.type === "message" && "n" in entry && entry.id !== of.id && isIn(entry, of))
      found.set(entry.id, entry);
  return [...found.values()].sort((a, b) => a.seq - b.seq);
}

function Conversation(props: ThreadProps & { me: Person; root: Message; thread: Reading }) {
  const { of, room, state, actions, me, root, thread } = props;
  const { replies, readAtFirst } = thread;
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const place = useRef<ReturnType<typeof createReadingPlace> | null>(null);
  const timeline = timelineOf(state, room.id);
  const pending = pendingIn(state, room.id).filter((entry) => entry.extras?.replyTo?.id === of.id);
  const shownIn = usePlace(room, timeline, me, actions, of);
  const newAfter = replies.findLast(({ seq }) => seq <= (readAtFirst ?? Number.POSITIVE_INFINITY))?.n;
  const beginning = useMemo(() => layOut([root], [], { me, newAfter: null }), [root, me.id]);
  const days = useMemo(
    () => layOut(replies, pending, { me, newAfter: newAfter ?? root.n }),
    [replies, pending.map((entry) => entry.id + entry.state).join(), newAfter, me.id],
  );
  const newestPending = pending.at(-1)?.id;

  useLayoutEffect(() => {
    if (scroller.current === null || content.current === null) return;
    place.current = createReadingPlace(scroller.current, content.current, {
      isNewestDrawn: () => true,
      onScroll: () => {},
    });
    return () => place.current?.stop();
  }, []);
  useEffect(() => (scroller.current === null ? undefined : attendTo(scroller.current)), []);
  useLayoutEffect(() => {
    if (newestPending !== undefined) place.current?.follow();
  }, [newestPending]);
  useLayoutEffect(() => place.current?.drawn(), [days]);

  const draw = (day: Day) => <DaySection key={day.key} day={day} place={shownIn} seen={nobodySaw} />;
  const sameDay = beginning[0]?.key === days[0]?.key;
  return (
    <div
      ref={scroller}
      class="thread__scroller"
      role="log"
      aria-live="off"
      aria-label="Messages in this thread"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      onKeyDown={walk}
    >
      <div ref={content} class="thread__content">
        {beginning.map(draw)}
        <p class="thread__count">
          {replies.length === 0 && pending.length === 0
            ? "Nobody has answered yet."
            : repliesInWords(Math.max(root.replies?.count ?? 0, replies.length))}
        </p>
        {thread.more ? (
          <button type="button" class="button button--small thread__earlier" onClick={thread.readEarlier}>
            Show earlier replies
          </button>
        ) : null}
        <div class={sameDay ? "thread__replies thread__replies--same-day" : "thread__replies"}>
          {days.map(draw)}
        </div>
      </div>
    </div>
  );
}
