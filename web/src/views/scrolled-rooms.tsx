import { useEffect, useRef, useState } from "preact/hooks";
import type { Actions } from "../actions.ts";
import type { State } from "../state/model.ts";
import { icon } from "./icons.tsx";
import { Rooms } from "./rooms.tsx";
import "./scrolled-rooms.css";

const UpIcon = icon(<path d="M12 19V5M6 11l6-6 6 6" />);
const DownIcon = icon(<path d="M12 5v14M6 13l6 6 6-6" />);

/** Rooms with something for this person that are scrolled out of sight. */
interface OutOfSight {
  readonly above: readonly HTMLElement[];
  readonly below: readonly HTMLElement[];
}

const nothing: OutOfSight = { above: [], below: [] };

/** The list of rooms, which says so where one that calls for this person is out of sight, and leads there. */
export function ScrolledRooms({ state, actions }: { state: State; actions: Actions }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [hidden, setHidden] = useState(nothing);

  function look() {
    if (scroller.current === null) return;
    const next = outOfSight(scroller.current);
    setHidden((old) => (same(old, next) ? old : next));
  }

  useEffect(look, [state.rooms]);
  useEffect(() => {
    const observer = new ResizeObserver(look);
    if (scroller.current !== null) observer.observe(scroller.current);
    return () => observer.disconnect();
  }, []);

  const way = (rooms: readonly HTMLElement[], place: "above" | "below") =>
    rooms.length === 0 ? null : (
      <button
        type="button"
        class={`more-calls more-calls--${place}`}
        onClick={() => {
          const room = place === "above" ? rooms.at(-1) : rooms[0];
          room?.scrollIntoView({ block: "center" });
          room?.focus({ preventScroll: true });
        }}
      >
        {place === "above" ? <UpIcon /> : <DownIcon />}
        {rooms.length} more for you
      </button>
    );
  return (
    <div class="sidebar__rooms">
      <div ref={scroller} class="sidebar__scroller" onScroll={look}>
        <Rooms state={state} actions={actions} />
      </div>
      {way(hidden.above, "above")}
      {way(hidden.below, "below")}
    </div>
  );
}

function outOfSight(scroller: HTMLElement): OutOfSight {
  const { top, bottom } = scroller.getBoundingClientRect();
  const above: HTMLElement[] = [];
  const below: HTMLElement[] = [];
  for (const mark of scroller.querySelectorAll(".unread--calls")) {
    const place = mark.getBoundingClientRect();
    const room = mark.closest<HTMLElement>(".room-row");
    if (room === null) continue;
    if (place.bottom <= top) above.push(room);
    else if (place.top >= bottom) below.push(room);
  }
  return { above, below };
}

function same(one: OutOfSight, other: OutOfSight): boolean {
  const key = ({ above, below }: OutOfSight) => [above.length, ...above, below.length, ...below];
  const [left, right] = [key(one), key(other)];
  return left.length === right.length && left.every((part, i) => part === right[i]);
}
