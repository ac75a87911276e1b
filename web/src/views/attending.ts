/** A message on screen that wants to know when somebody attends to it. */
export interface Attended {
  /** Pointed at with a mouse, or given the focus as the keyboard moves it; `false`: not any more. */
  near(on: boolean): void;
  /** Held by a finger, there. */
  held(at: DOMRect): void;
}

const rows = new WeakMap<Element, Attended>();

/** The element of a message is drawn; the answer forgets it. */
export function attended(row: Element, by: Attended): () => void {
  rows.set(row, by);
  return () => rows.delete(row);
}

const rowOf = (target: EventTarget | null) =>
  target instanceof Element ? target.closest<HTMLElement>(".message") : null;
const tell = (row: Element | null) => (row === null ? undefined : rows.get(row));

/** Listens for all messages of a log at once, because listeners for each would cost each. The answer stops it. */
export function attendTo(log: HTMLElement): () => void {
  let pointed: HTMLElement | null = null;

  function point(row: HTMLElement | null) {
    if (row === pointed) return;
    tell(pointed)?.near(false);
    pointed = row;
    tell(row)?.near(true);
  }

  const over = ({ pointerType, target }: PointerEvent) => pointerType === "mouse" && point(rowOf(target));
  const leave = () => point(null);
  const focused = ({ target }: FocusEvent) =>
    (target as Element).matches(":focus-visible") && tell(rowOf(target))?.near(true);
  function blurred({ target, relatedTarget }: FocusEvent) {
    const row = rowOf(target);
    if (row !== rowOf(relatedTarget)) tell(row)?.near(false);
  }

  let stopHolding = () => {};
  let stopped = false;
  import("./message-extras.ts").then(
    ({ watchLongPress }) => {
      if (!stopped) stopHolding = watchLongPress(log, (at, target) => tell(rowOf(target))?.held(at));
    },
    () => {
      // No network: the next room tries again.
    },
  );
  const listeners = [
    ["pointerover", over],
    ["pointerleave", leave],
    ["focusin", focused],
    ["focusout", blurred],
  ] as const;
  for (const [name, listener] of listeners) log.addEventListener(name, listener as EventListener);
  return () => {
    stopped = true;
    stopHolding();
    for (const [name, listener] of listeners) log.removeEventListener(name, listener as EventListener);
  };
}
