import { useEffect, useState } from "preact/hooks";
import type { Actions } from "../actions.ts";
import type { State } from "../state/model.ts";
import { roomTitle } from "../state/select.ts";
import { type Destination, destinations, type Found } from "../state/switch.ts";
import { Avatar } from "./avatar.tsx";
import { Dialog } from "./dialog.tsx";
import { HashIcon } from "./icons.tsx";
import { RoomSign, Unread } from "./rooms.tsx";
import "./switcher.css";

const askAfterMs = 120;
const nothing: Found = { people: [], channels: [] };

/** Goes to a room or a person by a few letters. The focus stays in the field; arrow keys move through the list. */
export function Switcher({
  state,
  actions,
  onClose,
}: {
  state: State;
  actions: Actions;
  onClose: () => void;
}) {
  const [query, setQuery] = useState("");
  const [found, setFound] = useState(nothing);
  const [chosen, setChosen] = useState(0);
  const list = destinations(state, query, found);
  const active = Math.min(chosen, list.length - 1);

  useEffect(() => {
    setChosen(0);
    if (query.trim() === "") return setFound(nothing);
    let stale = false;
    const timer = setTimeout(() => {
      Promise.all([actions.findPeople(query.trim()), actions.listRooms(query)]).then(
        ([people, { rooms }]) => !stale && setFound({ people, channels: rooms }),
        () => {
          // No connection: what the page knows has to do.
        },
      );
    }, askAfterMs);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [query]);

  function go(destination: Destination | undefined) {
    if (destination === undefined) return;
    onClose();
    switch (destination.kind) {
      case "room":
        return actions.go({ room: destination.room.id, about: false });
      case "person":
        return actions.openDirect({ id: destination.person.id });
      case "channel":
        void actions
          .join(destination.channel.id)
          .then((problem) => problem !== undefined && actions.note(problem, "error"));
    }
  }

  function pressed(event: KeyboardEvent) {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") setChosen((active + 1) % Math.max(1, list.length));
    else if (event.key === "ArrowUp") setChosen((active - 1 + list.length) % Math.max(1, list.length));
    else if (event.key === "Enter") go(list[active]);
    else return;
    event.preventDefault();
  }

  return (
    <Dialog title="Go to a room or a person" onClose={onClose}>
      <input
        class="input"
        type="text"
        role="combobox"
        aria-label="Name of a room or a person"
        aria-expanded={list.length > 0}
        aria-controls="switcher-list"
        aria-autocomplete="list"
        aria-activedescendant={list.length === 0 ? undefined : `switcher-${active}`}
        autocomplete="off"
        spellcheck={false}
        maxLength={64}
        autofocus
        value={query}
        onInput={(event) => setQuery(event.currentTarget.value)}
        onKeyDown={pressed}
      />
      <div id="switcher-list" class="switcher" role="listbox" aria-label="Rooms and people">
        {list.map((destination, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: its keys are the field's, which names it by aria-activedescendant
          <div
            key={destination.key}
            id={`switcher-${i}`}
            role="option"
            tabIndex={-1}
            class="switcher__row"
            aria-selected={i === active}
            onMouseMove={() => setChosen(i)}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => go(destination)}
          >
            <Row destination={destination} state={state} />
          </div>
        ))}
      </div>
      <p class="switcher__nothing" role="status">
        {list.length > 0 ? "" : "Nobody and no room has a name like this."}
      </p>
    </Dialog>
  );
}

function Row({ destination, state }: { destination: Destination; state: State }) {
  switch (destination.kind) {
    case "room":
      return (
        <>
          <RoomSign room={destination.room} state={state} />
          <bdi class="switcher__name">{roomTitle(destination.room)}</bdi>
          <Unread unread={destination.unread} />
        </>
      );
    case "person":
      return (
        <>
          <Avatar id={destination.person.id} name={destination.person.name} small />
          <bdi class="switcher__name">{destination.person.name}</bdi>
          <span class="switcher__what">Write to</span>
        </>
      );
    case "channel":
      return (
        <>
          <HashIcon />
          <bdi class="switcher__name">{destination.channel.name}</bdi>
          <span class="switcher__what">Join</span>
        </>
      );
  }
}
