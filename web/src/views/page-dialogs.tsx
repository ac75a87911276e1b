import { commands, usage } from "../../client/commands.ts";
import type { Actions } from "../actions.ts";
import type { Look } from "../kept.ts";
import { Dialog } from "./dialog.tsx";

interface DialogProps {
  actions: Actions;
  onClose: () => void;
}

export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Commands and keys" onClose={onClose}>
      <dl class="help">
        {commands.map((command) => (
          <div key={command.name}>
            <dt>{usage(command)}</dt>
            <dd>{command.name === "quit" ? "Sign out" : command.does}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>Alt</kbd> + <kbd>↑</kbd> or <kbd>↓</kbd>
          </dt>
          <dd>Go to the previous or next room</dd>
        </div>
        <div>
          <dt>
            <kbd>Ctrl</kbd> + <kbd>K</kbd>
          </dt>
          <dd>Find somebody</dd>
        </div>
        <div>
          <dt>
            <kbd>↑</kbd> where nothing is written yet
          </dt>
          <dd>Edit your last message; Esc leaves it as it was</dd>
        </div>
        <div>
          <dt>
            <kbd>Shift</kbd> + <kbd>Tab</kbd>, then <kbd>↑</kbd> and <kbd>↓</kbd>
          </dt>
          <dd>
            Go from message to message; <kbd>Enter</kbd> shows what you can do with one
          </dd>
        </div>
        <div>
          <dt>
            <kbd>Esc</kbd>
          </dt>
          <dd>Back to writing, at the newest message</dd>
        </div>
      </dl>
    </Dialog>
  );
}

export function SettingsDialog({ actions, onClose }: DialogProps) {
  const look = actions.look();
  const radio = <K extends keyof Look>(name: K, value: Look[K], label: string) => (
    <label class="choice">
      <input
        type="radio"
        name={name}
        checked={look[name] === value}
        onChange={() => actions.setLook({ ...look, [name]: value })}
      />
      <span>{label}</span>
    </label>
  );
  return (
    <Dialog title="Settings" onClose={onClose}>
      <fieldset class="choices">
        <legend>Colours</legend>
        {radio("theme", "system", "As on this device")}
        {radio("theme", "light", "Light")}
        {radio("theme", "dark", "Dark")}
      </fieldset>
      <fieldset class="choices">
        <legend>Contrast</legend>
        {radio("contrast", "system", "As on this device")}
        {radio("contrast", "more", "More contrast")}
      </fieldset>
      <fieldset class="choices">
        <legend>Enter</legend>
        {radio("enter", "sends", "Sends; Shift+Enter starts a new line")}
        {radio("enter", "breaks", "Starts a new line; Shift+Enter sends")}
      </fieldset>
    </Dialog>
  );
}
