import type { OwnStatus, User } from "./model.ts";

export const noStatus: OwnStatus = { mode: "auto", lastSeen: true };

/** What is set, as it is at this moment: what has ended is over. */
export function statusAt(status: OwnStatus, nowMs: number): OwnStatus {
  if (status.until === undefined || Date.parse(status.until) > nowMs) return status;
  return { ...noStatus, lastSeen: status.lastSeen };
}

/** How others are shown somebody: here, away, not to be disturbed, or not here. */
export type Appearance = User["status"] | "dnd";

export function appearanceOf(user: Pick<User, "status" | "dnd">): Appearance {
  return user.dnd && user.status !== "offline" ? "dnd" : user.status;
}

/** How one is shown oneself; `offline` is what the invisible are for others. */
export function ownAppearance(own: OwnStatus, idle: boolean): Appearance {
  switch (own.mode) {
    case "dnd":
      return "dnd";
    case "invisible":
      return "offline";
    case "away":
      return "away";
    case "auto":
      return idle ? "away" : "online";
  }
}

/** An appearance in words; of the two who look the same, the invisible one is oneself. */
export function appearanceInWords(appearance: Appearance): string {
  switch (appearance) {
    case "online":
      return "Online";
    case "away":
      return "Away";
    case "dnd":
      return "Do not disturb";
    case "offline":
      return "Offline";
  }
}

/** What somebody says of themselves in one line, such as "📅 In a meeting"; empty when nothing. */
export function lineOf(said: { text?: string | undefined; emoji?: string | undefined }): string {
  return [said.emoji, said.text].filter((part) => part !== undefined && part !== "").join(" ");
}

const steps: readonly [unit: Intl.RelativeTimeFormatUnit, ms: number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** "Last seen 5 minutes ago". */
export function lastSeenInWords(at: string, nowMs: number): string {
  const agoMs = Math.max(0, nowMs - Date.parse(at));
  for (const [unit, ms] of steps) {
    if (agoMs >= ms) return `Last seen ${relative.format(-Math.floor(agoMs / ms), unit)}`;
  }
  return "Last seen just now";
}
