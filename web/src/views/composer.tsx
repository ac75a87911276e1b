import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Actions } from "../actions.ts";
import type { Suggestion } from "../state/complete.ts";
import { isPressed } from "../state/keys.ts";
import type { Marking } from "../state/marking.ts";
import type { Message, MessageReference, People, Person, RoomId } from "../state/model.ts";
import type { CompletionHandle } from "./completion.tsx";
import { CheckIcon, FormatIcon, SendIcon, SmileIcon } from "./icons.tsx";
import { onDemand } from "./on-demand.tsx";
import { useCountdown } from "./times.tsx";
import "./composer.css";

let marked: typeof import("../state/marking.ts").marked | undefined;

/** Fetches what the keys for formatting need, before one of them is pressed. */
export async function prepareMarking(): Promise<void> {
  marked = (await import("./room-extras.ts")).marked;
}

const markings: readonly Marking[] = ["strong", "emphasis", "strike", "code", "link"];

export const Completion = onDemand(() => import("./room-extras.ts").then((module) => module.Completion));
const Addressee = onDemand(() => import("./room-extras.ts").then((module) => module.Addressee));
const Replying = onDemand(() => import("./message-extras.ts").then((module) => module.Replying));
const EmojiPicker = onDemand(() => import("./emoji-picker.tsx").then((module) => module.EmojiPicker));

/** Where one writes, or changes what one wrote. To be keyed by the room and that message: each has its own draft. */
export function Composer(props: {
  room: RoomId;
  /** The message that is changed. */
  editing: Message | undefined;
  /** The message that is answered. */
  replying: Message | undefined;
  /** What is written answers this message, beside the conversation. */
  thread?: MessageReference;
  /** Slow mode: nothing can be sent before that time. */
  waitUntilMs: number;
  title: string;
  people: People;
  me: Person["id"];
  /** Whether everybody can be mentioned at once. */
  everybody: "room" | "lobby" | null;
  actions: Actions;
  phone: boolean;
}) {
  const { room, editing, actions, people, thread } = props;
  const replying = editing === undefined ? props.replying : undefined;
  const place = editing === undefined ? (thread ? `${room}/t/${thread.id}` : room) : `${room}/${editing.id}`;
  const [text, setText] = useState(() => actions.draft(place) || (editing?.text ?? ""));
  const [busy, setBusy] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const completing = useRef<CompletionHandle | null>(null);
  /** Where the caret belongs after a suggestion was taken. */
  const taken = useRef<number | null>(null);
  const users = [...people.known, ...Object.values(people.heardOf)];
  // What is changed is a text, even when it starts like a command.
  const commands = editing === undefined && thread === undefined;
  const [pickingAt, setPickingAt] = useState<DOMRect | null>(null);
  const [caret, setCaret] = useState(text.length);
  const sends = editing === undefined ? "Send" : "Save";
  const label = commands
    ? `Message ${props.title}`
    : editing === undefined
      ? "Reply in this thread"
      : "Change your message";
  const waits = useCountdown(props.waitUntilMs) > 0;
  const enterSends = actions.look().enter === "sends";

  function change(next: string, at = next.length) {
    setText(next);
    setCaret(at);
    actions.keepDraft(place, next);
  }

  // At once: nothing may come in between reading the draft and hearing of changes.
  useLayoutEffect(() => actions.watchDraft(place, setText), [place]);

  function stopEditing() {
    actions.keepDraft(place, "");
    actions.stopEditing(room);
  }

  function submit() {
    // What is typed stays; how long it takes is said above. Commands are no messages.
    if (busy || text.trim() === "" || (waits && !(commands && text.startsWith("/")))) return;
    if (editing !== undefined && text === editing.text) return stopEditing();
    const taken =
      editing !== undefined
        ? actions.edit(room, editing, text)
        : thread === undefined
          ? actions.submit(room, text)
          : actions.answer(room, thread, text);
    if (typeof taken === "boolean") {
      if (taken) change("");
      return;
    }
    setBusy(true);
    void taken.then((worked) => {
      setBusy(false);
      if (worked) change("");
    });
  }

  function accept({ becomes }: Suggestion) {
    const at = becomes.length;
    // One blank is enough between a name and what follows.
    const rest = text.slice(caret).replace(becomes.endsWith(" ") ? /^ / : /^$/, "");
    change(becomes + rest, at);
    taken.current = at;
    area.current?.focus();
  }

  /** Typed for the person, so that undoing takes it back. */
  function type(element: HTMLTextAreaElement, from: number, to: number, insert: string) {
    element.setSelectionRange(from, to);
    if (!document.execCommand("insertText", false, insert)) element.setRangeText(insert, from, to, "end");
    change(element.value, element.selectionEnd);
  }

  function mark(marking: Marking) {
    if (marked === undefined)
      return void prepareMarking().then(
        () => mark(marking),
        () => {},
      );
    const element = area.current;
    if (element === null || busy) return;
    const { selectionStart, selectionEnd, value } = element;
    const { from, to, insert, selectFrom, selectTo } = marked(value, selectionStart, selectionEnd, marking);
    type(element, from, to, insert);
    element.setSelectionRange(selectFrom, selectTo);
  }

  function insert(emoji: string) {
    const element = area.current;
    if (element === null || busy) return;
    element.focus();
    type(element, element.selectionStart, element.selectionEnd, emoji);
  }

  /** A name that was just finished by its colon becomes its emoji; undoing makes it the name again. */
  function typed(next: string, at: number) {
    change(next, at);
    if (next[at - 1] === ":") void finish(next, at).catch(() => {});
  }

  async function finish(next: string, at: number) {
    const { finishedEmoji } = await import("../emoji/while-typing.ts");
    const found = await finishedEmoji(next.slice(0, at));
    const element = area.current;
    // Unless somebody typed on meanwhile.
    if (found !== undefined && element?.value === next) type(element, found.from, at, found.emoji);
  }

  function pressed(event: KeyboardEvent) {
    // The Enter that ends a composition belongs to the input method.
    if (event.isComposing || event.keyCode === 229) return;
    if (completing.current?.pressed(event)) return;
    if (event.key === "Escape" && editing !== undefined) {
      event.preventDefault();
      return stopEditing();
    }
    if (event.key === "Escape" && replying !== undefined) {
      event.preventDefault();
      return actions.stopReplying(room);
    }
    if (isPressed("editLast", event) && text === "" && commands) {
      event.preventDefault();
      return actions.editLast(room);
    }
    const marking = markings.find((name) => isPressed(name, event));
    if (marking !== undefined) {
      event.preventDefault();
      mark(marking);
      return;
    }
    if (event.key !== "Enter" || event.altKey) return;
    const submits = event.ctrlKey || event.metaKey || event.shiftKey !== enterSends;
    if (!submits) return;
    event.preventDefault();
    submit();
  }

  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
    if (taken.current !== null) element.setSelectionRange(taken.current, taken.current);
    taken.current = null;
  }, [text]);

  // At once: what is typed next belongs here, at the end.
  useLayoutEffect(() => {
    const element = area.current;
    const unasked = props.phone && editing === undefined;
    if (element === null || unasked || document.querySelector("dialog[open]") !== null) return;
    element.focus({ preventScroll: true });
    element.setSelectionRange(element.value.length, element.value.length);
  }, []);

  useEffect(() => {
    if (replying !== undefined) area.current?.focus({ preventScroll: true });
  }, [replying]);

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {text === "" ? null : (
        <Completion
          text={text.slice(0, caret)}
          area={area}
          handle={completing}
          onAccept={accept}
          users={users}
          actions={actions}
          commands={commands}
          room={room}
          me={props.me}
          everybody={props.everybody}
        />
      )}
      {editing === undefined ? null : (
        <p class="composer__editing">
          <span>Editing your message</span>
          <button type="button" class="button button--small" onClick={stopEditing}>
            Cancel
          </button>
        </p>
      )}
      {replying === undefined ? null : (
        <Replying message={replying} onStop={() => actions.stopReplying(room)} />
      )}
      {commands && text.startsWith("/") ? <Addressee text={text} users={users} /> : null}
      <div class="composer__box">
        <textarea
          ref={area}
          id={thread === undefined ? "composer" : "thread-composer"}
          class="composer__text"
          rows={1}
          dir="auto"
          placeholder={label}
          aria-label={label}
          aria-haspopup="listbox"
          aria-autocomplete="list"
          readOnly={busy}
          enterkeyhint={enterSends ? "send" : "enter"}
          value={text}
          onInput={({ currentTarget }) => {
            typed(currentTarget.value, currentTarget.selectionEnd);
            if (commands) actions.typed(room, currentTarget.value);
          }}
          onSelect={({ currentTarget }) => setCaret(currentTarget.selectionEnd)}
          onKeyDown={pressed}
          onBlur={() => completing.current?.close()}
        />
        <button
          type="button"
          class="composer__tool"
          title="Insert an emoji"
          onClick={(event) => setPickingAt(event.currentTarget.getBoundingClientRect())}
        >
          <SmileIcon />
          <span class="quietly-hidden">Insert an emoji</span>
        </button>
        <button
          type="button"
          class="composer__tool"
          title="Formatting, commands and keys"
          onClick={() => actions.openDialog("help")}
        >
          <FormatIcon />
          <span class="quietly-hidden">Formatting, commands and keys</span>
        </button>
        <button class="composer__send" type="submit" title={sends} disabled={text.trim() === "" || waits}>
          {editing === undefined ? <SendIcon /> : <CheckIcon />}
          <span class="quietly-hidden">{sends}</span>
        </button>
      </div>
      {pickingAt === null ? null : (
        <EmojiPicker
          label="Insert an emoji"
          anchor={pickingAt}
          actions={actions}
          onPick={insert}
          onClose={() => setPickingAt(null)}
        />
      )}
    </form>
  );
}
