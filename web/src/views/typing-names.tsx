import { useEffect, useState } from "preact/hooks";
import { listNames } from "../state/announce.ts";
import type { RoomAttention } from "../state/attention.ts";

/** Who is typing. */
export function TypingNames({ typing }: { typing: RoomAttention["typing"] }) {
  const [, redraw] = useState(0);
  const nowMs = Date.now();
  const names = typing.filter(({ untilMs }) => untilMs > nowMs).map(({ user }) => user.name);
  const next = Math.min(...typing.map(({ untilMs }) => untilMs).filter((untilMs) => untilMs > nowMs));
  useEffect(() => {
    if (!Number.isFinite(next)) return;
    const timer = setTimeout(() => redraw((n) => n + 1), Math.max(0, next - Date.now()) + 1);
    return () => clearTimeout(timer);
  }, [next]);
  if (names.length === 0) return null;
  return <span>{`${listNames(names)} ${names.length === 1 ? "is" : "are"} typing …`}</span>;
}
