import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { State } from "../state/model.ts";
import { icon } from "./icons.tsx";
import "./more-calls.css";

const UpIcon = icon(<path d="M12 19V5M6 11l6-6 6 6" />);
const DownIcon = icon(<path d="M12 5v14M6 13l6 6 6-6" />);

/** Rooms with something for this person that are scrolled out of sight. */
interface OutOfSight {
  readonly above: readonly HTMLElement[];
  readonly below: readonly HTMLElement[];
}

const nothing: OutOfSight = { above: [], below: [] };

/** Over the list of rooms: says so where one that calls for this person is out of sight, and leads there. */
export function MoreCalls({
  rooms,
  scroller,
}: {
  rooms: State["rooms"];
  scroller: RefObject<HTMLElement | null>;
}) {
  const [hidden, setHidden] = useState(nothing);

  function look() {
    if (scroller.current === null) return;
    const next = outOfSight(scroller.current);
    setHidden((old) => (same(old, next) ? old : next));
  }

  useEffect(look, [rooms]);
  useEffect(() => {
    const list = scroller.current;
    if (list === null) return;
    const observer = new ResizeObserver(look);
    observer.observe(list);
    list.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      list.removeEventListener("scroll", look);
    };
  }, []);

  return (
    <>
      <Way rooms={hidden.above} place="above" />
      <Way rooms={hidden.below} place="below" />
    </>
  );
}

function Way({ rooms, place }: { rooms: readonly HTMLElement[]; place: "above" | "below" }) {
  if (rooms.length === 0) return null;
  return (
    <button
      type="button"
      class={`more-calls more-calls--${place}`}
      onClick={() => {
        const nearest = place === "above" ? rooms.at(-1) : rooms[0];
        nearest?.scrollIntoView({ block: "center" });
        nearest?.focus({ preventScroll: true });
      }}
    >
      {place === "above" ? <UpIcon /> : <DownIcon />}
      {rooms.length} more for you
    </button>
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
