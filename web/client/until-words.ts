const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });

/** "until 14:05", with the day when that is not today. `null`: nobody knows when. */
export function untilWords(until: string | null, now = new Date()): string {
  if (until === null) return "until somebody who moderates it lifts that";
  const date = new Date(until);
  const today = date.toDateString() === now.toDateString();
  return `until ${(today ? time : dayAndTime).format(date)}`;
}
