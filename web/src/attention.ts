import type { ClientEvent, ParleyClient } from "../client/contract.ts";
import { type Heard, heardIn } from "./state/announce.ts";
import { attentionOf } from "./state/attention.ts";
import type { RoomId, State } from "./state/model.ts";

const readEveryMs = 500;
const announceEveryMs = 1_000;

/** Tells the server what was read: the room on screen, at its newest message, in a window that has the attention. */
export function createReadMarker(deps: {
  state: () => State;
  client: () => ParleyClient | undefined;
  hasAttention: () => boolean;
}) {
  let told: { room: RoomId; n: number } | undefined;
  let resting = false;

  function mark() {
    const state = deps.state();
    const id = state.route.room;
    if (id === null || resting || state.link.state !== "online") return;
    const room = state.rooms[id];
    const timeline = state.timelines[id];
    if (room === undefined || timeline === undefined || timeline.end !== null) return;
    if (timeline.history === "unknown" || timeline.entries.length === 0) return;
    if (room.n <= room.read || !deps.hasAttention() || attentionOf(state, id).held) return;
    if (told?.room === id && told.n >= room.n) return;
    told = { room: id, n: room.n };
    resting = true;
    setTimeout(() => {
      resting = false;
      mark();
    }, readEveryMs);
    deps
      .client()
      ?.request("room:read", { room: id, n: room.n })
      .catch(() => {
        // Counts stay as they are until the next message or the next visit of the room.
        told = undefined;
      });
  }

  return {
    mark,
    /** A new connection may be a new truth, and what one's own log tells is one. */
    forget() {
      told = undefined;
    },
  };
}

/** Sums up what arrives in the room on screen, at most one sentence a second. */
export function createAnnouncer(deps: { state: () => State; say: (text: string) => void }) {
  let heard: Heard[] = [];
  let resting = false;

  function say() {
    if (heard.length === 0) return;
    const now = heard;
    heard = [];
    resting = true;
    import("./state/sum-up.ts").then(
      ({ sumUp }) => deps.say(sumUp(now)),
      () => {
        // No network; what comes once there is one is told.
      },
    );
    setTimeout(() => {
      resting = false;
      say();
    }, announceEveryMs);
  }

  return (event: ClientEvent) => {
    const { route, me } = deps.state();
    const more = heardIn(event, route.room, me?.id);
    if (more.length === 0) return;
    heard.push(...more);
    // What comes in the same burst is told in the same sentence.
    if (!resting) queueMicrotask(() => !resting && say());
  };
}
