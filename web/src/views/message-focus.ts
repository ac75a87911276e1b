/**
 * Moves the focus from message to message. From the log itself, up goes to the last message in sight and down to the
 * first. Nothing happens when the focus is elsewhere by now.
 */
export function moveFocus(log: HTMLElement, step: 1 | -1) {
  const rows = [...log.querySelectorAll<HTMLElement>(".message[tabindex]")];
  const from = rows.indexOf(document.activeElement as HTMLElement);
  if (from >= 0) rows[from + step]?.focus();
  else if (document.activeElement === log) inSight(log, rows, step)?.focus();
}

function inSight(log: HTMLElement, rows: HTMLElement[], step: number): HTMLElement | undefined {
  const { top, bottom } = log.getBoundingClientRect();
  const visible = (row: HTMLElement) => {
    const box = row.getBoundingClientRect();
    return box.bottom > top && box.top < bottom;
  };
  return step < 0 ? rows.findLast(visible) : rows.find(visible);
}

const glowMs = 1_600;

/** Shows for a moment which message one was taken to, and gives it the focus. */
export function pointOut(content: HTMLElement, key: string): void {
  const row = content.querySelector<HTMLElement>(`.message[data-key="${CSS.escape(key)}"]`);
  row?.focus({ preventScroll: true });
  row?.animate([{ background: "var(--calls-tint)", offset: 0.6 }, { background: "transparent" }], glowMs);
}
