import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import "./limited-field.css";

interface LimitedFieldProps {
  id: string;
  label: string;
  /** What it is for. */
  hint?: string;
  value: string;
  /** Characters that it may have. */
  most: number;
  onInput: (value: string) => void;
  required?: boolean;
  /** Of text that may have several lines. */
  rows?: number;
  placeholder?: string;
  /** What stands before it in its line. */
  before?: ComponentChildren;
}

/** How many characters the server counts. */
const lengthOf = (value: string) => value.trim().length;

/** From which part of the limit on one is told how much is left. */
const near = 0.75;

/**
 * Something to type that may have so many characters. It says so before that is reached, and keeps what is too much, so
 * that one can shorten it; the form does not go off before.
 */
export function LimitedField(props: LimitedFieldProps) {
  const { id, hint, value, most, rows } = props;
  const field = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const left = most - lengthOf(value);
  const problem = left < 0 ? `${-left} too many: at most ${most} characters.` : "";
  useLayoutEffect(() => field.current?.setCustomValidity(problem), [problem]);
  const common = {
    ref: field,
    id,
    required: props.required,
    placeholder: props.placeholder,
    autocomplete: "off" as const,
    "aria-invalid": left < 0,
    "aria-describedby": `${id}-hint ${id}-left`,
    value,
    onInput: (event: Event) => props.onInput((event.currentTarget as HTMLInputElement).value),
  };
  return (
    <div class="field">
      <label class="field__label" for={id}>
        {props.label}
      </label>
      {rows === undefined ? (
        <div class="field__line">
          {props.before}
          <input class="input" {...common} />
        </div>
      ) : (
        <textarea class="input input--long" rows={rows} {...common} />
      )}
      <p class="field__hint field__hint--limited">
        <span id={`${id}-hint`}>{hint}</span>
        <span id={`${id}-left`} class={left < 0 ? "field__problem" : undefined} role="status">
          {problem || (lengthOf(value) >= most * near ? `${left} left` : "")}
        </span>
      </p>
    </div>
  );
}
