import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { RequestAnswer } from "../../../services/protocol/index.ts";
import { type Actions, type Problem, problemOf } from "../actions.ts";
import { firstLine } from "../formatting/plain.ts";
import type { FollowedThread, Message, Room, RoomId, State } from "../state/model.ts";
import { referenceTo, repliesInWords } from "../state/quote.ts";
import { roomTitle } from "../state/select.ts";
import { Dialog } from "./dialog.tsx";
import { Outcome } from "./dialog-form.tsx";
import { CloseIcon } from "./icons.tsx";
import { Unread } from "./rooms.tsx";
import { Moment } from "./times.tsx";
import "./kept-dialogs.css";

interface KeptProps {
  room: Room | undefined;
  state: State;
  actions: Actions;
  onClose: () => void;
}

/** Messages that a room or a person keeps at hand; each leads to its place. */
export function KeptDialog({ dialog, ...props }: KeptProps & { dialog: "pins" | "saved" | "threads" }) {
  switch (dialog) {
    case "pins":
      return props.room === undefined ? null : <Pins {...props} room={props.room} />;
    case "saved":
      return <Saved {...props} />;
    case "threads":
      return <Threads {...props} />;
  }
}

function Pins({ room, actions, onClose }: KeptProps & { room: Room }) {
  const [pins, setPins] = useState<readonly Message[]>();
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    actions
      .keptMessages()
      .then((kept) => kept.listPins(room.id))
      .then(setPins, (error: unknown) => setProblem(problemOf(error)));
  }, []);
  async function unpin(message: Message) {
    const gone = await (await actions.keptMessages()).pin(room.id, message, false);
    if (gone) setPins((known) => known?.filter(({ id }) => id !== message.id));
  }
  return (
    <Dialog title={`Pinned in ${roomTitle(room)}`} onClose={onClose}>
      <List
        count={pins?.length}
        problem={problem}
        empty="Nothing is pinned here yet. Pin a message from its menu, and everybody in the room finds it here."
      >
        {pins?.map((message) => (
          <Row
            key={message.id}
            message={message}
            onGo={() => {
              onClose();
              void actions.toMessage(room.id, referenceTo(message));
            }}
            remove={room.archived ? undefined : "Take the pin away"}
            onRemove={() => void unpin(message)}
          />
        ))}
      </List>
    </Dialog>
  );
}

type SavedPage = RequestAnswer<"saved:list">;

function Saved({ state, actions, onClose }: KeptProps) {
  const [page, setPage] = useState<SavedPage>();
  const [problem, setProblem] = useState<Problem>();
  async function read(known?: SavedPage) {
    try {
      const next = await (await actions.keptMessages()).listSaved(known?.cursor);
      setPage({ ...next, saved: [...(known?.saved ?? []), ...next.saved] });
    } catch (error) {
      setProblem(problemOf(error));
    }
  }
  useEffect(() => void read(), []);
  async function forget(room: RoomId, message: Message) {
    if (await (await actions.keptMessages()).save(room, message, false))
      setPage(
        (known) => known && { ...known, saved: known.saved.filter((one) => one.message.id !== message.id) },
      );
  }
  return (
    <Dialog title="Saved messages" onClose={onClose}>
      <List
        count={page?.saved.length}
        problem={problem}
        empty="Nothing is saved yet. Save a message from its menu; only you see it here, on all of your devices."
      >
        {page?.saved.map(({ room, message }) => (
          <Row
            key={message.id}
            message={message}
            where={titleIn(state, room)}
            onGo={() => {
              onClose();
              void actions.toMessage(room, referenceTo(message));
            }}
            remove="Remove from saved"
            onRemove={() => void forget(room, message)}
          />
        ))}
      </List>
      {page?.cursor === undefined ? null : (
        <button type="button" class="button button--small" onClick={() => void read(page)}>
          Show more
        </button>
      )}
    </Dialog>
  );
}

function Threads({ state, actions, onClose }: KeptProps) {
  const [asked, setAsked] = useState(state.threads.length > 0);
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    actions
      .keptMessages()
      .then((kept) => kept.loadThreads())
      .then(
        () => setAsked(true),
        (error: unknown) => setProblem(problemOf(error)),
      );
  }, []);
  const go = ({ room, root }: FollowedThread) => {
    onClose();
    actions.go({ room, about: false, thread: referenceTo(root) });
  };
  return (
    <Dialog title="Threads that you follow" onClose={onClose}>
      <List
        count={asked ? state.threads.length : undefined}
        problem={problem}
        empty="You follow no thread yet. Reply to a message in a thread, or open one and follow it."
      >
        {state.threads.map((thread) => (
          <Row
            key={thread.root.id}
            message={thread.root}
            where={`${titleIn(state, thread.room)}, ${repliesInWords(thread.root.replies?.count ?? 0)}`}
            unread={thread.unread}
            onGo={() => go(thread)}
          />
        ))}
      </List>
    </Dialog>
  );
}

function titleIn({ rooms }: State, id: RoomId): string {
  const room = rooms[id];
  return room === undefined ? "Another room" : roomTitle(room);
}

function List(props: {
  /** Undefined until it is known. */
  count: number | undefined;
  problem: Problem;
  empty: string;
  children: ComponentChildren;
}) {
  if (props.problem !== undefined) return <Outcome problem={props.problem} />;
  return (
    <>
      <p class="kept__empty" role="status">
        {props.count === undefined ? "Loading …" : props.count === 0 ? props.empty : ""}
      </p>
      <ul class="kept">{props.children}</ul>
    </>
  );
}

function Row(props: {
  message: Message;
  where?: string;
  unread?: number;
  onGo: () => void;
  /** What taking it off the list is called; undefined: that is done elsewhere. */
  remove?: string | undefined;
  onRemove?: () => void;
}) {
  const { message, where, unread = 0, remove } = props;
  return (
    <li class="kept__row">
      <button type="button" class="kept__message" onClick={props.onGo}>
        <span class="kept__head">
          <bdi class="kept__by">{message.by.name}</bdi>
          <Moment at={message.at} />
          <Unread unread={unread} direct />
        </span>
        <span class="kept__text" dir="auto">
          {firstLine(message)}
        </span>
        {where === undefined ? null : <bdi class="kept__where">{where}</bdi>}
      </button>
      {remove === undefined ? null : (
        <button type="button" class="icon-button" title={remove} onClick={props.onRemove}>
          <CloseIcon />
          <span class="quietly-hidden">
            {remove}: {firstLine(message)}
          </span>
        </button>
      )}
    </li>
  );
}
