/** For so long nobody touches anything before a person counts as away. */
const idleAfterMs = 5 * 60_000;
const signs = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

/**
 * Says when nobody has touched this page for a while, and when somebody does again. A person is away when all of their
 * devices and tabs say so.
 */
export function watchIdle(
  window: EventTarget,
  onChange: (idle: boolean) => void,
  afterMs = idleAfterMs,
): void {
  let lastMs = Date.now();
  let idle = false;

  function look() {
    const restMs = lastMs + afterMs - Date.now();
    if (restMs > 0) {
      // One timer for however many movements.
      setTimeout(look, restMs);
    } else {
      idle = true;
      onChange(true);
    }
  }

  function touched() {
    lastMs = Date.now();
    if (!idle) return;
    idle = false;
    onChange(false);
    setTimeout(look, afterMs);
  }

  for (const sign of signs) window.addEventListener(sign, touched, { passive: true, capture: true });
  setTimeout(look, afterMs);
}
