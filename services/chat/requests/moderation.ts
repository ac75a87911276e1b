import type { Logger } from "../../platform/index.ts";
import type { MessageId, RequestInput, RequestName, RoomId, User } from "../../protocol/index.ts";
import type { Moderation } from "../../rooms/index.ts";
import type { Handlers } from "../caller.ts";
import type { Connection } from "../delivery/connection.ts";
import type { FindUser } from "../find-user.ts";

/** What is asked by those who moderate a room. */
export type ModerationRequest = Extract<
  RequestName,
  | "room:update"
  | "room:archive"
  | "room:slow"
  | "room:role"
  | "room:remove"
  | "room:ban"
  | "room:unban"
  | "room:mute"
  | "room:unmute"
  | "room:audit"
  | "room:bans"
  | "me:bans"
>;

export function moderationHandlers(deps: {
  moderation: Moderation;
  findUser: FindUser;
  log: Logger;
}): Handlers<ModerationRequest> {
  const { moderation } = deps;
  const acting = (caller: Connection, { room, id }: { room: RoomId; id?: MessageId | undefined }) => ({
    by: { person: caller.user },
    room,
    id,
  });

  /** Finds whom the act is about, and answers who that is. */
  async function actOn(
    what: string,
    caller: Connection,
    { room, to }: Pick<RequestInput<"room:remove">, "room" | "to">,
    act: (user: { id: User["id"]; name: string }) => Promise<void>,
  ): Promise<{ user: User }> {
    const user = await deps.findUser(to);
    await act({ id: user.id, name: user.name });
    deps.log.info({ connection: caller.id, user: caller.user.id, room, whom: user.id }, what);
    return { user };
  }

  return {
    async "room:update"(caller, { name, topic, description, ...act }) {
      await moderation.change(acting(caller, act), {
        ...(name === undefined ? {} : { name }),
        ...(topic === undefined ? {} : { topic }),
        ...(description === undefined ? {} : { description }),
      });
      return {};
    },
    async "room:archive"(caller, { on, ...act }) {
      await moderation.archive(acting(caller, act), on);
      return {};
    },
    async "room:slow"(caller, { seconds, ...act }) {
      await moderation.slow(acting(caller, act), seconds);
      return {};
    },
    "room:role": (caller, { role, ...act }) =>
      actOn("role given", caller, act, (user) => moderation.setRole(acting(caller, act), user, role)),
    "room:remove": (caller, act) =>
      actOn("member removed", caller, act, (user) => moderation.remove(acting(caller, act), user)),
    "room:ban": (caller, { seconds, reason, ...act }) =>
      actOn("member banned", caller, act, (user) =>
        moderation.ban(acting(caller, act), user, { seconds, reason }),
      ),
    "room:unban": (caller, act) =>
      actOn("ban lifted", caller, act, (user) => moderation.unban(acting(caller, act), user)),
    "room:mute": (caller, { seconds, reason, ...act }) =>
      actOn("member muted", caller, act, (user) =>
        moderation.mute(acting(caller, act), user, { seconds, reason }),
      ),
    "room:unmute": (caller, act) =>
      actOn("mute lifted", caller, act, (user) => moderation.unmute(acting(caller, act), user)),
    "room:audit": (caller, { room, cursor }) => moderation.acts(caller.user.id, room, cursor),
    async "room:bans"(caller, { room }) {
      return { bans: await moderation.bans(caller.user.id, room) };
    },
    async "me:bans"(caller, { told }) {
      const [bans, removals] = await Promise.all([
        moderation.bansOf(caller.user.id),
        moderation.removalsOf(caller.user.id, told),
      ]);
      return { bans, removals };
    },
  };
}
