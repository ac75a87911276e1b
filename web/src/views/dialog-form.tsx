import { useState } from "preact/hooks";
import type { Problem } from "../actions.ts";
import { WarningIcon } from "./icons.tsx";

/** Runs what a dialog is for, once at a time; done when it went well, else says what was wrong. */
export function useSubmit(act: () => Promise<Problem>, onDone: () => void) {
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  return {
    problem,
    busy,
    submit(event: Event) {
      event.preventDefault();
      if (busy) return;
      setBusy(true);
      void act().then((why) => {
        setBusy(false);
        setProblem(why);
        if (why === undefined) onDone();
      });
    },
  };
}

/** What went wrong, said as it happens. */
export function Outcome({ problem }: { problem: Problem }) {
  return (
    <div role="alert">
      {problem === undefined ? null : (
        <p class="field__problem">
          <WarningIcon />
          <span dir="auto">{problem}</span>
        </p>
      )}
    </div>
  );
}

/** The two ways out of a dialog. */
export function Ways(props: {
  verb: string;
  busy: boolean;
  onClose: () => void;
  /** It takes something away. */
  dangerous?: boolean;
}) {
  const { verb, busy, onClose } = props;
  return (
    <div class="dialog__ways">
      <button type="button" class="button" onClick={onClose}>
        Cancel
      </button>
      <button
        type="submit"
        class={props.dangerous ? "button button--danger" : "button button--first"}
        aria-disabled={busy}
      >
        {verb}
      </button>
    </div>
  );
}
