/**
 * Moves the focus from message to message by arrow keys, once it is in the log; answers whether the key was meant for
 * that. From the log itself, up goes to the last message in sight and down to the first.
 */
export function moveFocus(log: HTMLElement, event: KeyboardEvent): boolean {
  const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
  if (step === 0 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return false;
  const from = event.target as HTMLElement;
  // Arrow keys of what stands in a message are its own.
  if (from !== log && !from.matches(".message")) return false;
  const rows = [...log.querySelectorAll<HTMLElement>(".message[tabindex]")];
  const next = from === log ? inSight(log, rows, step) : rows[rows.indexOf(from) + step];
  next?.focus();
  return next !== undefined;
}

function inSight(log: HTMLElement, rows: HTMLElement[], step: number): HTMLElement | undefined {
  const { top, bottom } = log.getBoundingClientRect();
  const visible = (row: HTMLElement) => {
    const box = row.getBoundingClientRect();
    return box.bottom > top && box.top < bottom;
  };
  return step < 0 ? rows.findLast(visible) : rows.find(visible);
}
