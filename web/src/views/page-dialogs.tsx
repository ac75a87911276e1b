import { type ComponentChildren, Fragment } from "preact";
import { useState } from "preact/hooks";
import { commands, usage } from "../../client/commands.ts";
import type { Actions } from "../actions.ts";
import type { Look } from "../kept.ts";
import { keyCaps, keyHelp } from "../state/key-help.ts";
import type { KeyName } from "../state/keys.ts";
import type { State } from "../state/model.ts";
import { Dialog } from "./dialog.tsx";

interface DialogProps {
  actions: Actions;
  onClose: () => void;
}

const isMac = /Mac|iP(hone|ad)/.test(navigator.platform);

/** Everything that can be typed or pressed, from the lists that say so to those who handle it. */
export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Commands and keys" onClose={onClose}>
      <section class="help">
        <h3>Commands</h3>
        <dl>
          {commands.map((command) => (
            <div key={command.name}>
              <dt>{usage(command)}</dt>
              <dd>{command.name === "quit" ? "Sign out" : command.does}</dd>
            </div>
          ))}
        </dl>
        <h3>Keys</h3>
        <dl>
          {keyNames.map((name) => (
            <div key={name}>
              <dt>
                {keyCaps(name, isMac).map((cap, i) => (
                  <Fragment key={cap}>
                    {i === 0 ? null : " "}
                    <kbd>{cap}</kbd>
                  </Fragment>
                ))}
              </dt>
              <dd>{keyHelp[name]}</dd>
            </div>
          ))}
        </dl>
        <h3>Formatting</h3>
        <dl>
          {formatting.map(([typed, shown]) => (
            <div key={typed}>
              <dt>
                <code>{typed}</code>
              </dt>
              <dd>{shown}</dd>
            </div>
          ))}
        </dl>
      </section>
    </Dialog>
  );
}

const keyNames = Object.keys(keyHelp) as KeyName[];

const formatting: readonly (readonly [typed: string, shown: ComponentChildren])[] = [
  ["**bold**", <strong key="">bold</strong>],
  ["*italic*", <em key="">italic</em>],
  ["~~struck out~~", <s key="">struck out</s>],
  ["`code`", <code key="">code</code>],
  ["```js", "A block of code, up to the next ```. With the name of its language, it is coloured."],
  ["> words", "A quote"],
  ["- item", "A list; 1. for one with numbers"],
  ["[words](https://…)", "A link"],
];

function Notifications({ actions }: { actions: Actions }) {
  const [refused, setRefused] = useState(false);
  const look = actions.look();

  async function change(on: boolean) {
    const allowed = on && (await actions.allowNotifications());
    setRefused(on && !allowed);
    actions.setLook({ ...look, notify: allowed ? "on" : "off" });
  }

  return (
    <fieldset class="choices">
      <legend>Notifications</legend>
      <label class="choice">
        <input
          type="checkbox"
          checked={look.notify === "on"}
          onChange={(event) => void change(event.currentTarget.checked)}
        />
        <span>Tell me on this device about mentions and direct messages while I look elsewhere</span>
      </label>
      {refused ? (
        <p class="field__problem" role="alert">
          Your browser does not allow it. Allow notifications for this page in the browser's settings, then
          try again.
        </p>
      ) : null}
    </fieldset>
  );
}

export function SettingsDialog({ state, actions, onClose }: DialogProps & { state: State }) {
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
      <Notifications actions={actions} />
      <fieldset class="choices">
        <legend>Seen by</legend>
        <label class="choice">
          <input
            type="checkbox"
            checked={state.preferences.receipts}
            onChange={(event) => actions.showReceipts(event.currentTarget.checked)}
          />
          <span>In small rooms, show how far I have read, and show me how far others have</span>
        </label>
      </fieldset>
    </Dialog>
  );
}
