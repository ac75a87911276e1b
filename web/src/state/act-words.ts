import type { MemberEvent, PersonChange, RoomChange } from "./model.ts";

/** "30 seconds", "10 minutes", "2 hours", "7 days": as one would say it. */
export function lasting(seconds: number): string {
  const units = [
    [86_400, "day"],
    [3_600, "hour"],
    [60, "minute"],
    [1, "second"],
  ] as const;
  for (const [size, name] of units) {
    if (seconds % size !== 0) continue;
    const count = seconds / size;
    return count === 1 ? `1 ${name}` : `${count} ${name}s`;
  }
  return `${seconds} seconds`;
}

/** "every minute", "every 30 seconds" */
export const everySoOften = (seconds: number) => `every ${lasting(seconds).replace(/^1 /, "")}`;

const forHowLong = (seconds: number | null) => (seconds === null ? "" : ` for ${lasting(seconds)}`);

/** What somebody did to a room or to somebody in it, as a line of its timeline and of its log of acts. */
export function actWords(event: RoomChange | PersonChange | MemberEvent): string {
  const by = event.by.name;
  switch (event.type) {
    case "member":
      if (event.joined) return `${by} added ${event.user.name}`;
      return event.banned === undefined
        ? `${by} removed ${event.user.name}`
        : banWords(by, event.user.name, event.banned);
    case "role":
      return roleWords(by, event.user.name, event.role);
    case "mute":
      return muteWords(by, event.user.name, event.seconds);
    case "unmute":
      return `${by} lets ${event.user.name} write again`;
    case "unban":
      return `${by} lifted the ban of ${event.user.name}`;
    case "room":
      return event.seq === 1 ? `${by} made this room` : `${by} ${roomWords(event)}`;
  }
}

export const banWords = (by: string, user: string, seconds: number | null) =>
  `${by} banned ${user}${forHowLong(seconds)}`;

export const muteWords = (by: string, user: string, seconds: number | null) =>
  `${by} muted ${user}${forHowLong(seconds)}`;

export function roleWords(by: string, user: string, role: PersonRole): string {
  switch (role) {
    case "owner":
      return `${by} made ${user} an owner`;
    case "moderator":
      return `${by} made ${user} a moderator`;
    case "member":
      return `${by} made ${user} a member without a role`;
  }
}

type PersonRole = Extract<PersonChange, { type: "role" }>["role"];

/** What somebody changed about a room, without who. */
export function roomWords(
  change: Pick<RoomChange, "name" | "topic" | "description" | "archived" | "slowSeconds">,
): string {
  const parts: string[] = [];
  if (change.name !== undefined) parts.push(`renamed this room to ${change.name}`);
  if (change.topic !== undefined)
    parts.push(change.topic === "" ? "removed the topic" : `changed the topic to: ${change.topic}`);
  if (change.description !== undefined)
    parts.push(change.description === "" ? "removed the description" : "changed the description");
  if (change.archived !== undefined)
    parts.push(change.archived ? "archived this room" : "took this room out of the archive");
  if (change.slowSeconds !== undefined)
    parts.push(
      change.slowSeconds === 0
        ? "ended slow mode"
        : `turned slow mode on: one message ${everySoOften(change.slowSeconds)}`,
    );
  return parts.join(" and ");
}
