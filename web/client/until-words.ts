const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });

/** "until 14:05", with the day when that is not today. `null`: nobody knows when. */
export function untilWords(until: string | null, now = new Date()): string {
  if (until === null) return "until somebody who moderates it lifts that";
  const date = new Date(until);
  return `until ${(isSameDay(date, now) ? time : dayAndTime).format(date)}`;
}

/** "at 14:05", or "on" the day and the time when that is not today. */
export function atWords(at: string, now = new Date()): string {
  const date = new Date(at);
  return isSameDay(date, now) ? `at ${time.format(date)}` : `on ${dayAndTime.format(date)}`;
}

function isSameDay(one: Date, other: Date): boolean {
  return one.toDateString() === other.toDateString();
}
