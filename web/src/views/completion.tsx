import { useEffect, useState } from "preact/hooks";
import type { Actions } from "../actions.ts";
import {
  type Completable,
  commandSuggestions,
  completable,
  mentionSuggestions,
  personSuggestions,
  roomSuggestions,
  type Suggestion,
} from "../state/complete.ts";
import { lobbyId, type Person, type RoomId, type User } from "../state/model.ts";
import "./completion.css";

const askAfterMs = 120;

export interface CompletionState {
  readonly open: boolean;
  readonly suggestions: readonly Suggestion[];
  /** The one that Enter takes; null until somebody has moved into the list. */
  readonly active: number | null;
  setActive(index: number | null): void;
  close(): void;
  /** True when the key was meant for the list. */
  handle(event: KeyboardEvent, accept: (index: number) => void): boolean;
}

export interface CompletionContext {
  /** Whether what starts with a slash is a command. */
  readonly commands: boolean;
  readonly room: RoomId;
  /** Nobody needs to call themselves. */
  readonly me: Person["id"];
  /** Who can be mentioned at once. */
  readonly everybody: "room" | "lobby" | null;
}

interface Found {
  readonly text: string;
  readonly users?: readonly User[];
  readonly others?: readonly Suggestion[];
  readonly mentionable?: { members: readonly Person[]; online: readonly Person[] };
}

/** Suggestions for what is being typed, before the caret. Enter stays with the composer until somebody has chosen one by arrow keys. */
export function useCompletion(
  text: string,
  users: readonly User[],
  actions: Actions,
  { commands, room, me, everybody }: CompletionContext,
): CompletionState {
  const [active, setActive] = useState<number | null>(null);
  const [closedFor, setClosedFor] = useState<string | null>(null);
  const [found, setFound] = useState<Found>();
  const what = completable(text, commands);
  const kind = what?.kind;

  useEffect(() => {
    setActive(null);
    if (what === undefined || what.kind === "command") return;
    let stale = false;
    const timer = setTimeout(() => {
      ask(what).then(
        (next) => {
          if (!stale) setFound(next);
        },
        () => {
          // No connection: what the page knows has to do.
        },
      );
    }, askAfterMs);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [text]);

  async function ask(what: Exclude<Completable, { kind: "command" }>): Promise<Found> {
    switch (what.kind) {
      case "person":
        return { text, users: await actions.findPeople(what.typed) };
      case "room":
        return { text, others: roomSuggestions((await actions.listRooms(what.typed)).rooms) };
      case "emoji": {
        const { suggestedEmoji } = await import("../emoji/while-typing.ts");
        return { text, others: await suggestedEmoji(text, what.typed) };
      }
      case "mention":
        return { text, mentionable: await actions.findMentionable(room, what.typed) };
    }
  }

  function suggest(): readonly Suggestion[] {
    switch (what?.kind) {
      case undefined:
        return [];
      case "command":
        return commandSuggestions(what.options);
      case "person":
        return personSuggestions(what.typed, [...users, ...(found?.users ?? [])]);
      case "room":
      case "emoji":
        return found?.text === text ? (found.others ?? []) : [];
      case "mention": {
        // In the lobby, whoever is online is a member.
        const { members = [], online = [] } = found?.mentionable ?? {};
        const who =
          room === lobbyId ? { members: [...online, ...users], others: [] } : { members, others: online };
        return mentionSuggestions(text, what.typed, { ...who, me, everybody });
      }
    }
  }
  const suggestions = suggest();
  // Nothing to add to what is already there.
  const done = suggestions.length === 1 && suggestions[0]?.becomes.trim() === text.trim();
  const open = suggestions.length > 0 && closedFor !== text && !done;

  useEffect(() => {
    if (open) actions.say(suggestions.length === 1 ? "1 suggestion" : `${suggestions.length} suggestions`);
  }, [open, kind, suggestions.length]);

  return {
    open,
    suggestions: open ? suggestions : [],
    active: open ? active : null,
    setActive,
    close: () => setClosedFor(text),
    handle(event, accept) {
      if (!open || event.altKey || event.ctrlKey || event.metaKey) return false;
      const last = suggestions.length - 1;
      switch (event.key) {
        case "ArrowDown":
          setActive(active === null || active === last ? 0 : active + 1);
          break;
        case "ArrowUp":
          setActive(active === null || active === 0 ? last : active - 1);
          break;
        case "Escape":
          setClosedFor(text);
          break;
        case "Tab":
          if (event.shiftKey) return false;
          accept(active ?? 0);
          break;
        case "Enter":
          if (active === null || event.shiftKey) return false;
          accept(active);
          break;
        default:
          return false;
      }
      event.preventDefault();
      return true;
    },
  };
}

export const optionId = (index: number) => `completion-${index}`;

export function Completion({
  completion,
  onAccept,
}: {
  completion: CompletionState;
  onAccept: (index: number) => void;
}) {
  if (!completion.open) return null;
  return (
    <div class="completion">
      <div id="completion" role="listbox" aria-label="Suggestions">
        {completion.suggestions.map((suggestion, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: its keys are the composer's, which names it by aria-activedescendant
          <div
            key={suggestion.key}
            id={optionId(i)}
            role="option"
            tabIndex={-1}
            class="completion__option"
            aria-selected={completion.active === i}
            // The composer keeps the focus.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => onAccept(i)}
          >
            <bdi class="completion__label">{suggestion.label}</bdi>
            <span class="completion__detail" dir="auto">
              {suggestion.detail}
            </span>
          </div>
        ))}
      </div>
      <p class="completion__keys" aria-hidden="true">
        <kbd>Tab</kbd> completes, <kbd>↑</kbd> <kbd>↓</kbd> choose, <kbd>Esc</kbd> closes
      </p>
    </div>
  );
}
