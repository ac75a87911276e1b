import type { NoticePayload, RoomId } from "../../services/protocol/index.ts";
import type { ParleyClient } from "../client/contract.ts";
import { draftPrefix, type Kept } from "./kept.ts";

type Draft = NoticePayload<"me:draft">;

/** The pause after which what is being typed is told to one's other devices; what was sent or taken back, sooner. */
const tellAfterMs = 1_500;
const tellEmptyAfterMs = 200;

/**
 * What one is about to say, kept in the browser with every letter, and by the server for one's other devices at every
 * pause. The last one to write wins; but what is being typed here is never overwritten by what comes from elsewhere.
 *
 * A place is a room, or a message that is being changed: that one stays in this browser.
 */
export function createDrafts(deps: { kept: Kept; client: () => ParleyClient | undefined }) {
  const { kept } = deps;
  const listeners = new Map<string, Set<(text: string) => void>>();
  const timers = new Map<RoomId, ReturnType<typeof setTimeout>>();
  /** What the server was heard to have, in this visit. */
  const told = new Map<RoomId, string>();

  function stopTimer(room: RoomId) {
    clearTimeout(timers.get(room));
    timers.delete(room);
  }

  function tellSoon(room: RoomId, afterMs: number) {
    stopTimer(room);
    timers.set(
      room,
      setTimeout(() => tell(room), afterMs),
    );
  }

  function tell(room: RoomId) {
    stopTimer(room);
    const client = deps.client();
    // Told after the next welcome.
    if (client?.connection !== "online") return;
    const text = kept.draft(room);
    client.request("draft:set", { room, text }).then(
      ({ revision }) => {
        told.set(room, text);
        const same = kept.draft(room) === text;
        if (same) stopTimer(room);
        kept.keepDraftState(room, { revision, untold: !same });
      },
      (error: { code?: string; retryAfterMs?: number }) => {
        if (error.code === "rate_limited" || error.code === "unavailable") {
          tellSoon(room, error.retryAfterMs ?? tellAfterMs);
          return;
        }
        // Too long, or a room one is no longer in: it stays in this browser.
        kept.keepDraftState(room, { ...kept.draftState(room), untold: false });
      },
    );
  }

  /** What the server says, whoever asked. */
  function heard({ room, text, revision }: Draft) {
    const state = kept.draftState(room);
    if (revision <= state.revision) return;
    told.set(room, text);
    kept.keepDraftState(room, { ...state, revision });
    // What is being typed here comes later, and will be told.
    if (!state.untold) show(room, text);
  }

  function show(room: RoomId, text: string) {
    if (kept.draft(room) === text) return;
    kept.keepDraft(room, text);
    announce(room, text);
  }

  function announce(place: string, text: string) {
    for (const listener of listeners.get(place) ?? []) listener(text);
  }

  function ask() {
    const client = deps.client();
    if (client?.connection !== "online") return;
    client.request("drafts:mine", {}).then(
      ({ drafts }) => {
        for (const draft of drafts) heard(draft);
        for (const room of kept.untoldDrafts()) tell(room);
      },
      () => {
        // The next connection asks again.
      },
    );
  }

  return {
    of: (place: string) => kept.draft(place),
    /** Takes what was typed here. */
    keep(place: string, text: string) {
      if (kept.draft(place) === text) return;
      kept.keepDraft(place, text);
      if (place.includes("/")) return;
      const room = place as RoomId;
      const state = kept.draftState(room);
      // Typed and sent within one breath: there is nothing to tell.
      if ((told.get(room) ?? "") === text && (state.revision === 0 || told.has(room))) {
        stopTimer(room);
        kept.keepDraftState(room, state.revision === 0 ? undefined : { ...state, untold: false });
        return;
      }
      kept.keepDraftState(room, { ...state, untold: true });
      tellSoon(room, text === "" ? tellEmptyAfterMs : tellAfterMs);
    },
    /** Hears what comes from other devices and other tabs, while a place is on screen. */
    watch(place: string, listener: (text: string) => void): () => void {
      const there = listeners.get(place) ?? new Set();
      listeners.set(place, there.add(listener));
      return () => void there.delete(listener);
    },
    heard,
    /** To be called on each welcome, and when one comes back to this window: notices may have been lost. */
    ask,
    /** What another tab of this browser wrote down. */
    stored(key: string | null, text: string | null) {
      if (key?.startsWith(draftPrefix)) announce(key.slice(draftPrefix.length), text ?? "");
    },
    /** Tells at once what waits for a pause: this page is about to go. */
    hurry() {
      for (const room of [...timers.keys()]) tell(room);
    },
    forget() {
      for (const room of [...timers.keys()]) stopTimer(room);
      told.clear();
      kept.forgetDrafts();
    },
  };
}
