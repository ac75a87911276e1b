import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import type { Actions } from "../actions.ts";
import {
  addresseeOf,
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

/** What the composer asks of its list of suggestions. */
export interface CompletionHandle {
  /** True when the key was meant for the list. */
  pressed(event: KeyboardEvent): boolean;
  close(): void;
}

interface CompletionProps {
  /** What stands before the caret. */
  readonly text: string;
  readonly area: RefObject<HTMLTextAreaElement | null>;
  /** Filled in here. */
  readonly handle: { current: CompletionHandle | null };
  readonly onAccept: (suggestion: Suggestion) => void;
  readonly users: readonly User[];
  readonly actions: Actions;
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

const optionId = (index: number) => `completion-${index}`;

/** Suggestions for what is being typed, before the caret. Enter stays with the composer until somebody has chosen one by arrow keys. */
export function Completion(props: CompletionProps) {
  const { text, users, actions, commands, room, me, everybody, area } = props;
  const [active, setActive] = useState<number | null>(null);
  const [closedFor, setClosedFor] = useState<string | null>(null);
  const [found, setFound] = useState<Found>();
  const what = completable(text, commands);
  const kind = what?.kind;

  // At once: one who chooses right after the last letter must not lose the choice to an effect that comes with the next frame.
  useLayoutEffect(() => setActive(null), [text]);

  useEffect(() => {
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

  // The composer keeps the focus, so what is chosen is said of it.
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null || !open) return;
    element.setAttribute("aria-controls", "completion");
    if (active !== null) element.setAttribute("aria-activedescendant", optionId(active));
    return () => {
      element.removeAttribute("aria-controls");
      element.removeAttribute("aria-activedescendant");
    };
  }, [open, active]);

  function accept(index: number) {
    const suggestion = suggestions[index];
    if (suggestion !== undefined) props.onAccept(suggestion);
  }

  function pressed(event: KeyboardEvent): boolean {
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
  }

  useLayoutEffect(() => {
    props.handle.current = { pressed, close: () => setClosedFor(text) };
  });
  useLayoutEffect(
    () => () => {
      props.handle.current = null;
    },
    [],
  );

  if (!open) return null;
  return (
    <div class="completion">
      <div id="completion" role="listbox" aria-label="Suggestions">
        {suggestions.map((suggestion, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: its keys are the composer's, which names it by aria-activedescendant
          <div
            key={suggestion.key}
            id={optionId(i)}
            role="option"
            tabIndex={-1}
            class="completion__option"
            aria-selected={active === i}
            // The composer keeps the focus.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => accept(i)}
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

/** Whom a message typed as `/msg 3 …` would reach, as far as this page knows. */
export function Addressee({ text, users }: { text: string; users: readonly User[] }) {
  const addressee = addresseeOf(text, users);
  return addressee === undefined ? null : (
    <p class="composer__to" role="status">
      To <bdi>{addressee.name}</bdi> (#{addressee.number})
    </p>
  );
}
