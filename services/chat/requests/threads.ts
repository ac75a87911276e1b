import type { SharedLimits } from "../../limits/index.ts";
import type { Pins, Saved, Threads } from "../../messages/index.ts";
import type { Handlers } from "../caller.ts";
import type { RequireMember } from "../require-member.ts";

export type ThreadRequest =
  | "message:kept"
  | "message:pin"
  | "message:save"
  | "room:pins"
  | "room:thread"
  | "saved:list"
  | "thread:follow"
  | "thread:read"
  | "threads:list";

/** Threads, pins, and what somebody keeps for themselves. */
export function threadHandlers(deps: {
  threads: Threads;
  pins: Pins;
  saved: Saved;
  limits: SharedLimits;
  requireMember: RequireMember;
}): Handlers<ThreadRequest> {
  const { threads, pins, saved } = deps;
  return {
    async "message:pin"(caller, input) {
      // Everybody in the room is told, as of a message.
      await deps.limits.message(caller.user.id);
      const { seq, atMs, duplicate } = await pins.set(caller.user, input);
      return {
        seq,
        at: new Date(atMs).toISOString(),
        ...(duplicate ? { duplicate: true as const } : {}),
      };
    },
    "room:pins": async (caller, { room }) => ({ messages: await pins.list(caller.user.id, room) }),
    "room:thread": (caller, input) => threads.page(caller.user.id, input),
    async "thread:follow"(caller, { on, ...thread }) {
      await threads.follow(caller.user, thread, on);
      return {};
    },
    async "thread:read"(caller, { seq, ...thread }) {
      await threads.markRead(caller.user, thread, seq);
      return {};
    },
    "threads:list": (caller) => threads.list(caller.user.id),
    async "message:save"(caller, input) {
      await saved.set(caller.user, input);
      return {};
    },
    async "message:kept"(caller, { room, of }) {
      if (!caller.rooms.has(room)) await deps.requireMember(caller, room);
      const [pinned, kept] = await Promise.all([
        pins.has(room, of.seq),
        saved.has(caller.user.id, { room, of }),
      ]);
      return { pinned, saved: kept };
    },
    "saved:list": (caller, { cursor }) => saved.list(caller.user.id, cursor),
  };
}
