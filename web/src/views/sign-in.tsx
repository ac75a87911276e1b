import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ProtocolError } from "../../../services/protocol/index.ts";
import { type Actions, secondsIn } from "../actions.ts";
import type { State } from "../state/model.ts";
import { WarningIcon } from "./icons.tsx";
import { NoteLine } from "./lines.tsx";
import { Mark } from "./mark.tsx";
import "./sign-in.css";

/** First visit, and after signing out: a name is all it takes. */
export function SignIn({ state, actions, lastName }: { state: State; actions: Actions; lastName: string }) {
  const { phase } = state;
  const error = phase.name === "signed-out" ? phase.error : undefined;
  const busy = phase.name === "signing-in";
  const [name, setName] = useState((busy ? phase.as : null) ?? lastName);
  const [empty, setEmpty] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const problem = empty ? "Enter a name that others will know you by." : error && wordsFor(error, name);

  // Before it is on screen: what one types right then must not be lost.
  useLayoutEffect(() => {
    if (!busy) input.current?.focus();
  }, [busy]);

  return (
    <main class="sign-in">
      <form
        class="sign-in__form"
        onSubmit={(event) => {
          event.preventDefault();
          setEmpty(name.trim() === "");
          if (name.trim() !== "" && !busy) actions.signIn(name);
          else input.current?.focus();
        }}
      >
        <Mark />
        <div class="sign-in__words">
          <h1>Parley</h1>
          <p>Pick a name and talk with everybody who is here.</p>
        </div>
        <div class="field">
          <label class="field__label" for="name">
            Your name
          </label>
          <input
            ref={input}
            id="name"
            class="input"
            name="name"
            autocomplete="nickname"
            autocapitalize="off"
            spellcheck={false}
            maxLength={64}
            value={name}
            aria-invalid={problem !== undefined}
            aria-describedby={problem === undefined ? "name-hint" : "name-problem"}
            onInput={(event) => {
              setName(event.currentTarget.value);
              setEmpty(false);
            }}
          />
          {problem === undefined ? (
            <p id="name-hint" class="field__hint">
              Up to 32 letters, digits, dots, dashes and spaces.
            </p>
          ) : (
            <p id="name-problem" class="field__problem" role="alert">
              <WarningIcon />
              <span dir="auto">{problem}</span>
            </p>
          )}
        </div>
        <button class="button button--first" type="submit" aria-disabled={busy}>
          {busy ? "Signing in …" : "Sign in"}
        </button>
        <p class="sign-in__state" role="status">
          {busy && state.link.state === "offline" ? "The server does not answer. Trying again …" : ""}
        </p>
        <NoteLine note={state.note} actions={actions} />
      </form>
    </main>
  );
}

function wordsFor(error: ProtocolError, name: string): string {
  switch (error.code) {
    case "conflict":
      return `Somebody else is ${name.trim()} right now. Choose another name.`;
    case "invalid":
    case "too_large":
      return `That name cannot be used: it ${error.message.replace(/^name:?\s*/i, "")}`.replace(/\.?$/, ".");
    case "rate_limited":
      return `Too many people signed in from here just now. Try again in ${secondsIn(error.retryAfterMs)}.`;
    case "unauthorized":
      return "Your last visit has ended. Sign in again.";
    default:
      return "Signing in did not work. Try again in a moment.";
  }
}
