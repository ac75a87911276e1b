import { useEffect, useMemo, useState } from "preact/hooks";

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dayAndYear = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });

/** The time of day; the whole date on hover. */
export function Clock({ at }: { at: string }) {
  const { title, time } = useMemo(() => {
    const date = new Date(at);
    return { title: full.format(date), time: clock.format(date) };
  }, [at]);
  return (
    <time dateTime={at} title={title}>
      {time}
    </time>
  );
}

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

const minuteMs = 60_000;

/** Day and time. */
export function Moment({ at }: { at: string }) {
  return <time dateTime={at}>{moment.format(new Date(at))}</time>;
}

/** "Today", "Yesterday", or the date. */
export function dayName(at: string, nowMs: number): string {
  const date = new Date(at);
  const midnight = new Date(nowMs).setHours(0, 0, 0, 0);
  const days = Math.round((midnight - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return date.getFullYear() === new Date(nowMs).getFullYear() ? day.format(date) : dayAndYear.format(date);
}

/** What the time is, drawn anew when it is what `next` says. */
function useNow(next: (nowMs: number) => number): number {
  const [drawn, redraw] = useState(0);
  const nowMs = Date.now();
  const nextMs = next(nowMs);
  // Not with each drawing, of which a busy room has many; again after each time, because timers may be a little early.
  useEffect(() => {
    const timer = setTimeout(() => redraw((n) => n + 1), nextMs - Date.now());
    return () => clearTimeout(timer);
  }, [nextMs, drawn]);
  return nowMs;
}

/** For words such as "5 minutes ago". */
export const useMinutes = () => useNow((nowMs) => nowMs - (nowMs % minuteMs) + minuteMs);

/** For words such as "Yesterday". */
export const useDays = () => useNow((nowMs) => new Date(nowMs).setHours(24, 0, 0, 0));

/** Milliseconds until then, drawn anew every second; 0 once it is over. */
export function useCountdown(untilMs: number): number {
  const [, redraw] = useState(0);
  const leftMs = Math.max(0, untilMs - Date.now());
  useEffect(() => {
    if (leftMs === 0) return;
    // To the next whole second, so that the figures go down one by one.
    const timer = setTimeout(() => redraw((n) => n + 1), leftMs % 1_000 || 1_000);
    return () => clearTimeout(timer);
  });
  return leftMs;
}
