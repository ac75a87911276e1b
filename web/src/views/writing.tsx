import { useEffect, useState } from "preact/hooks";
import type { Actions } from "../actions.ts";
import type { MessageReference, Person, Room, State } from "../state/model.ts";
import { everybodyIn, isIn, roomTitle } from "../state/select.ts";
import { Composer } from "./composer.tsx";
import { onDemand } from "./on-demand.tsx";

const Shut = onDemand(() => import("./room-extras.ts").then((module) => module.Shut));
const Pace = onDemand(() => import("./room-extras.ts").then((module) => module.Pace));

const longestTimerMs = 2 ** 31 - 1;

/** Where one writes into a room, or why one cannot. */
export function Writing(props: {
  room: Room;
  me: Person;
  state: State;
  actions: Actions;
  phone: boolean;
  /** What is written answers this message. */
  thread?: MessageReference;
}) {
  const { room, state, actions } = props;
  const muted = useStill(room.muted === undefined ? 0 : endOf(room.muted.until));
  if (room.archived || muted) return <Shut room={room} reason={muteReason(room, state)} actions={actions} />;
  const { thread } = props;
  const edited = state.editing[room.id];
  // What belongs to the thread on screen is changed there.
  const there = edited !== undefined && isIn(edited, state.route.thread);
  const editing = there === (thread !== undefined) ? edited : undefined;
  const paced = room.slowSeconds !== undefined && room.role === undefined && editing === undefined;
  return (
    <>
      {paced ? <Pace seconds={room.slowSeconds ?? 0} untilMs={freeAtMs(room, state)} /> : null}
      <Composer
        key={`composer ${room.id} ${thread?.id ?? ""} ${editing?.id ?? ""}`}
        room={room.id}
        editing={editing}
        replying={thread === undefined ? state.replying[room.id] : undefined}
        {...(thread && { thread })}
        waitUntilMs={paced ? freeAtMs(room, state) : 0}
        title={roomTitle(room)}
        people={state.people}
        me={props.me.id}
        everybody={everybodyIn(room, state)}
        actions={actions}
        phone={props.phone}
      />
    </>
  );
}

/** A room tells the reason as of the welcome; what was said since comes with one's own log, before or after the mute. */
function muteReason({ id, muted }: Room, { muteReasons }: State): string | undefined {
  const told = muteReasons[id];
  return muted?.reason ?? (told?.until === muted?.until ? told?.reason : undefined);
}

function freeAtMs(room: Room, state: State): number {
  return (state.spokeAtMs[room.id] ?? 0) + (room.slowSeconds ?? 0) * 1_000;
}

const endOf = (until: string | null) => (until === null ? Number.POSITIVE_INFINITY : Date.parse(until));

/** Whether that time is still to come; drawn again when it is there. */
function useStill(untilMs: number): boolean {
  const [, redraw] = useState(0);
  const leftMs = untilMs - Date.now();
  useEffect(() => {
    if (leftMs <= 0 || leftMs === Number.POSITIVE_INFINITY) return;
    const timer = setTimeout(() => redraw((n) => n + 1), Math.min(leftMs + 1, longestTimerMs));
    return () => clearTimeout(timer);
  });
  return leftMs > 0;
}
