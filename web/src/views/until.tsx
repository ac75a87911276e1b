const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
const short = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** "until 14:05", with the day when that is not today. `null`: nobody knows when. */
export function untilWords(until: string | null): string {
  if (until === null) return "until somebody who moderates it lifts that";
  const date = new Date(until);
  const today = date.toDateString() === new Date().toDateString();
  return `until ${(today ? time : dayAndTime).format(date)}`;
}

/** "25 Nov 2026, 14:05" */
export function DayAndTime({ at }: { at: string }) {
  return <time dateTime={at}>{short.format(new Date(at))}</time>;
}
