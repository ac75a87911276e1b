import { useState } from "preact/hooks";
import type { Actions } from "../actions.ts";
import type { OwnStatus } from "../state/model.ts";
import { Dialog } from "./dialog.tsx";
import { Outcome, useSubmit, Ways } from "./dialog-form.tsx";
import { LimitedField } from "./limited-field.tsx";
import "./status-dialog.css";

const modes: readonly { mode: OwnStatus["mode"]; label: string; hint: string }[] = [
  { mode: "auto", label: "Online", hint: "Away by itself after five minutes without you on any device." },
  { mode: "away", label: "Away", hint: "Until you say otherwise." },
  { mode: "dnd", label: "Do not disturb", hint: "Others see it, and nothing calls for you." },
  { mode: "invisible", label: "Invisible", hint: "Others see you as offline, and neither come nor go." },
];

const suggestions = [
  { emoji: "📅", text: "In a meeting" },
  { emoji: "🍽️", text: "At lunch" },
  { emoji: "🎧", text: "Concentrating" },
  { emoji: "🏠", text: "Working from home" },
  { emoji: "🤒", text: "Out sick" },
  { emoji: "🌴", text: "On holiday" },
];

const lengths = [
  { label: "Until I change it", seconds: 0 },
  { label: "30 minutes", seconds: 30 * 60 },
  { label: "1 hour", seconds: 3_600 },
  { label: "4 hours", seconds: 4 * 3_600 },
  { label: "1 day", seconds: 24 * 3_600 },
  { label: "1 week", seconds: 7 * 24 * 3_600 },
];

/** How others are shown oneself, on all of one's devices. */
export function StatusDialog(props: { own: OwnStatus; actions: Actions; onClose: () => void }) {
  const { own, actions } = props;
  const [mode, setMode] = useState(own.mode);
  const [emoji, setEmoji] = useState(own.emoji ?? "");
  const [text, setText] = useState(own.text ?? "");
  const [seconds, setSeconds] = useState(0);
  const [lastSeen, setLastSeen] = useState(own.lastSeen);
  const said = text.trim();
  const form = useSubmit(
    () =>
      actions.setStatus({
        mode,
        lastSeen,
        ...(said === "" ? {} : { text: said }),
        ...(emoji === "" ? {} : { emoji }),
        ...(seconds === 0 ? {} : { forSeconds: seconds }),
      }),
    props.onClose,
  );
  return (
    <Dialog title="How others see you" onClose={props.onClose}>
      <form onSubmit={form.submit}>
        <fieldset class="choices">
          <legend>You are</legend>
          {modes.map((one) => (
            <label key={one.mode} class="choice">
              <input
                type="radio"
                name="mode"
                checked={mode === one.mode}
                onChange={() => setMode(one.mode)}
              />
              <span>
                {one.label}
                <span class="choice__hint">{one.hint}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <div class="field">
          <LimitedField
            id="status-text"
            label="What are you doing?"
            placeholder="Say it in a few words"
            most={100}
            value={text}
            onInput={setText}
            before={
              emoji === "" ? null : (
                <button
                  type="button"
                  class="status-line__emoji"
                  title="Take the emoji away"
                  onClick={() => setEmoji("")}
                >
                  <span aria-hidden="true">{emoji}</span>
                  <span class="quietly-hidden">Take {emoji} away</span>
                </button>
              )
            }
          />
          <ul class="status-ideas" aria-label="Suggestions">
            {suggestions.map((one) => (
              <li key={one.text}>
                <button
                  type="button"
                  class="status-ideas__one"
                  onClick={() => {
                    setEmoji(one.emoji);
                    setText(one.text);
                  }}
                >
                  {one.emoji} {one.text}
                </button>
              </li>
            ))}
          </ul>
        </div>
        <div class="field">
          <label class="field__label" for="status-for">
            For how long
          </label>
          <select
            id="status-for"
            class="input"
            value={seconds}
            onChange={(event) => setSeconds(Number(event.currentTarget.value))}
          >
            {lengths.map((one) => (
              <option key={one.seconds} value={one.seconds}>
                {one.label}
              </option>
            ))}
          </select>
        </div>
        <label class="choice">
          <input type="checkbox" checked={lastSeen} onChange={() => setLastSeen(!lastSeen)} />
          <span>
            Let others know when you were last here
            <span class="choice__hint">Shown only while you are away from all devices.</span>
          </span>
        </label>
        <Outcome problem={form.problem} />
        <Ways verb="Save" busy={form.busy} onClose={props.onClose} />
      </form>
    </Dialog>
  );
}
