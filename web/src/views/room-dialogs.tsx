import { useEffect, useState } from "preact/hooks";
import type { RequestAnswer } from "../../../services/protocol/index.ts";
import { type Actions, type Problem, problemOf } from "../actions.ts";
import type { Room } from "../state/model.ts";
import { Dialog } from "./dialog.tsx";
import { Outcome, useSubmit, Ways } from "./dialog-form.tsx";

interface DialogProps {
  actions: Actions;
  onClose: () => void;
}

export function CreateDialog({ actions, onClose }: DialogProps) {
  const [name, setName] = useState("");
  const [topic, setTopic] = useState("");
  const [kind, setKind] = useState<"channel" | "private">("channel");
  const form = useSubmit(() => actions.create(kind, name.trim(), topic), onClose);
  return (
    <Dialog title="Make a room" onClose={onClose}>
      <form onSubmit={form.submit}>
        <div class="field">
          <label class="field__label" for="room-name">
            Name
          </label>
          <input
            id="room-name"
            class="input"
            required
            maxLength={32}
            autocomplete="off"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label class="field__label" for="room-topic">
            Topic, if you like
          </label>
          <input
            id="room-topic"
            class="input"
            maxLength={250}
            autocomplete="off"
            value={topic}
            onInput={(event) => setTopic(event.currentTarget.value)}
          />
        </div>
        <fieldset class="choices">
          <legend>Who can read it</legend>
          <label class="choice">
            <input
              type="radio"
              name="kind"
              checked={kind === "channel"}
              onChange={() => setKind("channel")}
            />
            <span>
              Everybody
              <span class="choice__hint">A channel: others find it in the list and join.</span>
            </span>
          </label>
          <label class="choice">
            <input
              type="radio"
              name="kind"
              checked={kind === "private"}
              onChange={() => setKind("private")}
            />
            <span>
              Only those who are invited
              <span class="choice__hint">A private room: it is in nobody else’s list.</span>
            </span>
          </label>
        </fieldset>
        <Outcome problem={form.problem} />
        <Ways verb="Make the room" busy={form.busy} onClose={onClose} />
      </form>
    </Dialog>
  );
}

export function InviteDialog({ room, actions, onClose }: DialogProps & { room: Room }) {
  const [name, setName] = useState("");
  const form = useSubmit(() => actions.invite(room.id, name), onClose);
  return (
    <Dialog title={`Invite somebody to ${room.name}`} onClose={onClose}>
      <form onSubmit={form.submit}>
        <div class="field">
          <label class="field__label" for="invite-name">
            Name, or number such as #3
          </label>
          <input
            id="invite-name"
            class="input"
            required
            maxLength={64}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </div>
        <Outcome problem={form.problem} />
        <Ways verb="Invite" busy={form.busy} onClose={onClose} />
      </form>
    </Dialog>
  );
}

export function LeaveDialog({ room, actions, onClose }: DialogProps & { room: Room }) {
  const form = useSubmit(() => actions.leave(room.id), onClose);
  return (
    <Dialog title={`Leave ${room.name}?`} onClose={onClose}>
      <form onSubmit={form.submit}>
        <p>
          {room.kind === "private"
            ? "To come back you will need an invitation."
            : "You can join again at any time. What was said stays."}
        </p>
        <Outcome problem={form.problem} />
        <Ways verb="Leave" busy={form.busy} onClose={onClose} />
      </form>
    </Dialog>
  );
}

type Directory = RequestAnswer<"room:list">;

const searchDelayMs = 150;

export function DirectoryDialog({ actions, onClose }: DialogProps) {
  const [query, setQuery] = useState("");
  const [list, setList] = useState<Directory>();
  const [problem, setProblem] = useState<Problem>();

  useEffect(() => {
    let stale = false;
    const timer = setTimeout(
      () => {
        actions.listRooms(query).then(
          (next) => {
            if (!stale) setList(next);
          },
          (error: unknown) => setProblem(problemOf(error)),
        );
      },
      query === "" ? 0 : searchDelayMs,
    );
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [query]);

  function more(known: Directory) {
    actions.listRooms(query, known.cursor).then(
      (next) => setList({ ...next, rooms: [...known.rooms, ...next.rooms] }),
      (error: unknown) => setProblem(problemOf(error)),
    );
  }

  function enter(room: Directory["rooms"][number]) {
    if (room.joined) {
      onClose();
      return actions.go({ room: room.id, about: false });
    }
    void actions.join(room.id).then((why) => (why === undefined ? onClose() : setProblem(why)));
  }

  return (
    <Dialog title="Channels" onClose={onClose}>
      <input
        class="input"
        type="search"
        placeholder="Find a channel"
        aria-label="Find a channel"
        autocomplete="off"
        maxLength={64}
        value={query}
        onInput={(event) => setQuery(event.currentTarget.value)}
      />
      <Outcome problem={problem} />
      {list === undefined ? (
        <p class="directory__more timeline__loading">Loading …</p>
      ) : list.rooms.length === 0 ? (
        <p class="directory__more">
          {query === ""
            ? "There are no channels yet. Make the first one."
            : "No channel has a name that starts like this."}
        </p>
      ) : (
        <ul class="directory">
          {list.rooms.map((room) => (
            <li key={room.id}>
              <div class="directory__words">
                <bdi class="directory__name">{room.name}</bdi>
                <p class="directory__more" dir="auto">
                  {room.members === 1 ? "1 member" : `${room.members} members`}
                  {room.topic ? ` · ${room.topic}` : ""}
                </p>
              </div>
              <button type="button" class="button button--small" onClick={() => enter(room)}>
                {room.joined ? "Open" : "Join"}
                <span class="quietly-hidden"> {room.name}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <div class="dialog__ways">
        {list?.cursor === undefined ? null : (
          <button type="button" class="button" onClick={() => more(list)}>
            Show more
          </button>
        )}
        <button type="button" class="button" onClick={() => actions.openDialog("create")}>
          Make a room
        </button>
      </div>
    </Dialog>
  );
}
