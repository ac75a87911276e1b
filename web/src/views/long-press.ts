const heldMs = 450;
/** A finger is never quite still. */
const slackPx = 10;

/** Tells when a finger is held on the element, and where; links in it keep what the browser does for them. */
export function watchLongPress(
  element: HTMLElement,
  onPress: (at: DOMRect, target: EventTarget | null) => void,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let from = { x: 0, y: 0 };
  let pressed = false;

  const stop = () => clearTimeout(timer);

  function down(event: PointerEvent) {
    stop();
    pressed = false;
    if (event.pointerType !== "touch" || isInSomething(event)) return;
    from = { x: event.clientX, y: event.clientY };
    const { target } = event;
    timer = setTimeout(() => {
      pressed = true;
      onPress(new DOMRect(from.x, from.y, 0, 0), target);
    }, heldMs);
  }

  function move(event: PointerEvent) {
    if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > slackPx) stop();
  }

  /** The browser's own menu for a held finger would stand in the same place. */
  function menu(event: Event) {
    const byTouch = event instanceof PointerEvent && event.pointerType === "touch";
    if (pressed || (byTouch && !isInSomething(event))) event.preventDefault();
  }

  /** Whether the finger is on something in the element that has a use of its own for it; the quote of an answer has none. */
  function isInSomething(event: Event): boolean {
    const own = (event.target as Element).closest("a, button:not(.answered), dialog");
    return own !== null && own !== element && element.contains(own);
  }

  /** Else the finger that is taken away would hit what was opened below it. */
  function end(event: Event) {
    if (pressed) event.preventDefault();
    pressed = false;
  }

  const listeners = [
    ["pointerdown", down],
    ["pointermove", move],
    ["pointerup", stop],
    // Scrolling takes the finger over.
    ["pointercancel", stop],
    ["contextmenu", menu],
    ["touchend", end],
  ] as const;
  for (const [name, listener] of listeners) element.addEventListener(name, listener as EventListener);
  return () => {
    stop();
    for (const [name, listener] of listeners) element.removeEventListener(name, listener as EventListener);
  };
}
