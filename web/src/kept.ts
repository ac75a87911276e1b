import type { RoomId } from "../../services/protocol/index.ts";
import type { Store } from "../client/contract.ts";

/** What a visit leaves for the next one. */
export interface KeptSession {
  readonly name: string;
  /** The secret that makes the same name the same person. */
  readonly key: string;
  readonly token?: string;
  /** False after signing out: the name is offered, nothing happens by itself. */
  readonly signedIn: boolean;
}

export interface Look {
  readonly theme: "system" | "light" | "dark";
  readonly contrast: "system" | "more";
  /** What Enter does; the other one is Shift+Enter. */
  readonly enter: "sends" | "breaks";
  /** Desktop notifications of mentions and direct messages. */
  readonly notify: "on" | "off";
}

const defaultLook: Look = { theme: "system", contrast: "system", enter: "sends", notify: "off" };
/** Emoji used last: two rows of the picker. */
const keptEmoji = 18;
export const draftPrefix = "parley.draft.";

/** How a draft stands with what the server keeps for other devices. */
export interface DraftState {
  /** The newest one of the server's that this browser heard of; 0: none. */
  readonly revision: number;
  /** Whether what is here came later, and the server was not told yet. */
  readonly untold: boolean;
}

/** Everything that the page keeps in the browser. A storage that refuses costs only the keeping. */
export function createKept(storage: Storage | undefined) {
  /** For the outbox, which says when it is not kept. */
  const frank: Store = {
    get: (key) => storage?.getItem(key) ?? null,
    set(key, value) {
      if (storage === undefined) throw new Error("this browser keeps nothing");
      storage.setItem(key, value);
    },
    remove: (key) => storage?.removeItem(key),
  };
  /** Where the browser forbids to keep anything, it is kept as long as the page is there. */
  const memory = new Map<string, string>();
  const inPage: Store = {
    get: (key) => memory.get(key) ?? null,
    set: (key, value) => void memory.set(key, value),
    remove: (key) => void memory.delete(key),
  };
  const there = storage === undefined ? inPage : frank;
  const store: Store = {
    get(key) {
      try {
        return there.get(key);
      } catch {
        return null;
      }
    },
    set(key, value) {
      try {
        there.set(key, value);
      } catch {
        // Full or forbidden: the conversation goes on.
      }
    },
    remove(key) {
      try {
        there.remove(key);
      } catch {
        // As above.
      }
    },
  };

  function read<T extends object>(key: string, fallback: T): T {
    try {
      return { ...fallback, ...(JSON.parse(store.get(key) ?? "{}") as Partial<T>) };
    } catch {
      return fallback;
    }
  }

  const draftStates = () => read<Record<string, DraftState>>("parley.drafts", {});

  return {
    store: frank,
    session(): KeptSession | undefined {
      const kept = read<Partial<KeptSession>>("parley.session", {});
      if (typeof kept.name !== "string" || typeof kept.key !== "string") return undefined;
      return {
        name: kept.name,
        key: kept.key,
        signedIn: kept.signedIn === true,
        ...(typeof kept.token === "string" ? { token: kept.token } : {}),
      };
    },
    keepSession(session: KeptSession) {
      store.set("parley.session", JSON.stringify(session));
    },
    look: () => read("parley.look", defaultLook),
    keepLook: (look: Look) => store.set("parley.look", JSON.stringify(look)),
    banTold: {
      get: () => store.get("parley.ban") ?? "",
      keep: (at: string) => store.set("parley.ban", at),
    },
    recentEmoji: () => read<{ used: string[] }>("parley.emoji", { used: [] }).used,
    keepUsedEmoji(emoji: string) {
      const others = this.recentEmoji().filter((other) => other !== emoji);
      const used = [emoji, ...others].slice(0, keptEmoji);
      store.set("parley.emoji", JSON.stringify({ used }));
    },
    /** `place`: a room, or an edit in one. */
    draft: (place: string) => store.get(draftPrefix + place) ?? "",
    keepDraft(place: string, text: string) {
      if (text === "") store.remove(draftPrefix + place);
      else store.set(draftPrefix + place, text);
    },
    draftState: (room: RoomId): DraftState => draftStates()[room] ?? { revision: 0, untold: false },
    keepDraftState(room: RoomId, state: DraftState | undefined) {
      const { [room]: _before, ...others } = draftStates();
      const next = state === undefined ? others : { ...others, [room]: state };
      store.set("parley.drafts", JSON.stringify(next));
    },
    untoldDrafts: () =>
      Object.entries(draftStates()).flatMap(([room, { untold }]) => (untold ? [room as RoomId] : [])),
    /** Somebody else may sit here next. */
    forgetDrafts() {
      store.remove("parley.drafts");
      try {
        for (const key of storage === undefined ? memory.keys() : Object.keys(storage)) {
          if (key.startsWith(draftPrefix)) store.remove(key);
        }
      } catch {
        // As above.
      }
    },
  };
}

export type Kept = ReturnType<typeof createKept>;
