import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Actions } from "../actions.ts";
import { addresseeOf } from "../state/complete.ts";
import type { People, RoomId } from "../state/model.ts";
import { Completion, optionId, useCompletion } from "./completion.tsx";
import { SendIcon } from "./icons.tsx";
import "./composer.css";

/** Where one writes. To be keyed by the room: each has its own draft. */
export function Composer(props: {
  room: RoomId;
  title: string;
  people: People;
  actions: Actions;
  phone: boolean;
}) {
  const { room, actions, people } = props;
  const [text, setText] = useState(() => actions.draft(room));
  const [busy, setBusy] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const users = [...people.known, ...Object.values(people.heardOf)];
  const completion = useCompletion(text, users, actions);
  const addressee = addresseeOf(text, users);
  const enterSends = actions.look().enter === "sends";

  function change(next: string) {
    setText(next);
    actions.keepDraft(room, next);
  }

  function submit() {
    if (busy || text.trim() === "") return;
    const taken = actions.submit(room, text);
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

  function accept(index: number) {
    const suggestion = completion.suggestions[index];
    if (suggestion === undefined) return;
    change(suggestion.becomes);
    area.current?.focus();
  }

  function pressed(event: KeyboardEvent) {
    // The Enter that ends a composition belongs to the input method.
    if (event.isComposing || event.keyCode === 229) return;
    if (completion.handle(event, accept)) return;
    if (event.key !== "Enter" || event.altKey) return;
    const sends = event.ctrlKey || event.metaKey || event.shiftKey !== enterSends;
    if (!sends) return;
    event.preventDefault();
    submit();
  }

  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  useEffect(() => {
    const element = area.current;
    if (element === null || props.phone || document.querySelector("dialog[open]") !== null) return;
    element.focus({ preventScroll: true });
    element.setSelectionRange(element.value.length, element.value.length);
  }, []);

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Completion completion={completion} onAccept={accept} />
      {addressee === undefined ? null : (
        <p class="composer__to" role="status">
          To <bdi>{addressee.name}</bdi> (#{addressee.number})
        </p>
      )}
      <div class="composer__box">
        <textarea
          ref={area}
          id="composer"
          class="composer__text"
          rows={1}
          dir="auto"
          placeholder={`Message ${props.title}`}
          aria-label={`Message ${props.title}`}
          aria-haspopup="listbox"
          aria-autocomplete="list"
          aria-controls={completion.open ? "completion" : undefined}
          aria-activedescendant={completion.active === null ? undefined : optionId(completion.active)}
          readOnly={busy}
          enterkeyhint={enterSends ? "send" : "enter"}
          value={text}
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={pressed}
          onBlur={completion.close}
        />
        <button class="composer__send" type="submit" title="Send" disabled={text.trim() === ""}>
          <SendIcon />
          <span class="quietly-hidden">Send</span>
        </button>
      </div>
    </form>
  );
}
