import { secondsIn } from "../actions.ts";
import { ClockIcon } from "./icons.tsx";
import { useCountdown } from "./times.tsx";

/** How long it takes until what is waiting goes out. */
export function Slowed({ untilMs, waiting }: { untilMs: number; waiting: number }) {
  const leftMs = useCountdown(untilMs);
  if (leftMs === 0) return null;
  return (
    <p class="note note--slowed">
      <ClockIcon />
      <span dir="auto">
        That was a little fast. {waiting === 1 ? "The last message goes" : `${waiting} messages go`} out in{" "}
        {/* Said once, not every second. */}
        <span aria-hidden="true">{secondsIn(leftMs)}</span>
        <span class="quietly-hidden">a moment</span>.
      </span>
    </p>
  );
}
