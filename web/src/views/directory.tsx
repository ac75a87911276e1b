import { useEffect, useRef, useState } from "preact/hooks";
import type { RequestAnswer } from "../../../services/protocol/index.ts";
import { type Actions, type Problem, problemOf } from "../actions.ts";
import { Dialog } from "./dialog.tsx";
import { Outcome } from "./dialog-form.tsx";

type Directory = RequestAnswer<"room:list">;

const searchDelayMs = 150;

/** The channels: to browse, search and join. */
export function DirectoryDialog({ actions, onClose }: { actions: Actions; onClose: () => void }) {
  const [query, setQuery] = useState("");
  const [list, setList] = useState<Directory>();
  const [problem, setProblem] = useState<Problem>();
  const search = useRef<HTMLInputElement>(null);

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

  const items = useRef<HTMLUListElement>(null);
  /** From the search into the list and through it with the arrow keys. */
  function pressed(event: KeyboardEvent) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0) return;
    const buttons = [...(items.current?.querySelectorAll("button") ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement) + step;
    event.preventDefault();
    if (at < 0) search.current?.focus();
    else buttons[Math.min(at, buttons.length - 1)]?.focus();
  }

  return (
    <Dialog title="Channels" onClose={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys of the search and the list in it, which have roles */}
      <div class="directory-place" onKeyDown={pressed}>
        <input
          ref={search}
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
          <ul ref={items} class="directory">
            {list.rooms.map((room) => (
              <li key={room.id}>
                <div class="directory__words">
                  <bdi class="directory__name">{room.name}</bdi>
                  {room.topic ? (
                    <p class="directory__topic" dir="auto">
                      {room.topic}
                    </p>
                  ) : null}
                  <p class="directory__more">
                    {room.members === 1 ? "1 member" : `${room.members.toLocaleString()} members`}
                    {room.joined ? " · you are in it" : ""}
                  </p>
                </div>
                <button
                  type="button"
                  class={room.joined ? "button button--small" : "button button--small button--first"}
                  onClick={() => enter(room)}
                >
                  {room.joined ? "Open" : "Join"}
                  <span class="quietly-hidden"> {room.name}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
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
