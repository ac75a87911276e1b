import { describe, expect, test } from "vitest";
import type { Message, Room, UserEvent } from "../../services/protocol/index.ts";
import { emptyTimeline, type FollowedThread, lobbyId, type RoomEvent } from "../../web/src/state/model.ts";
import { pathOf, routeOf } from "../../web/src/state/route.ts";
import {
  afterOwn,
  latestFirst,
  readInRoom,
  readUpTo,
  unreadThreads,
  withReplies,
} from "../../web/src/state/threads.ts";
import { addHistory, applyEvents, messageAt } from "../../web/src/state/timeline.ts";

const ada = { id: "u-ada" as never, name: "ada" };
const grace = { id: "u-grace" as never, name: "grace" };
const at = (seq: number) => new Date(seq * 1_000).toISOString();
const named = (seq: number) => ({ seq, id: `m-${seq}` as never });

function message(seq: number, more: Partial<Message> = {}): Message {
  return { type: "message", seq, rev: seq, n: seq, id: `m-${seq}`, at: at(seq), by: ada, text: "…", ...more };
}

const reply = (seq: number, by = grace, to = 1) =>
  message(seq, { by, replyTo: named(to), thread: named(to) }) as RoomEvent;

const lobby = { room: lobbyId, read: 0 };
const followed = (seq: number, read = 0, unread = 0): FollowedThread => ({
  room: lobbyId,
  root: message(seq),
  read,
  unread,
});

describe("threads that one follows", () => {
  test("count what others answer, each once, and come up by it", () => {
    const before = [followed(2, 0, 0), followed(1, 3, 0)];
    const after = withReplies(before, lobby, [reply(3), reply(4), reply(5, ada)], ada.id);
    expect(after.map(({ root, unread }) => [root.seq, unread, root.replies?.count])).toEqual([
      [1, 1, 3],
      [2, 0, undefined],
    ]);
    expect(withReplies(after, lobby, [reply(4)], ada.id)).toBe(after);
    expect(withReplies(before, { ...lobby, room: "other" as never }, [reply(4)], ada.id)).toBe(before);
    expect(unreadThreads(after)).toBe(1);
  });

  test("are read on whatever device; what is left of a part that was read is asked for", () => {
    const threads = withReplies([followed(1)], lobby, [reply(3), reply(4)], ada.id);
    expect(readUpTo(threads, "m-1", 4)?.[0]?.unread).toBe(0);
    expect(readUpTo(threads, "m-1", 3)).toBeUndefined();
    expect(readUpTo(threads, "m-9", 4)).toBeUndefined();
    const own = (on: boolean, read: number) =>
      [
        {
          type: "thread",
          room: lobbyId,
          of: named(1),
          on,
          read,
          seq: 1,
          id: "e",
          at: at(1),
          by: ada,
        } as UserEvent,
      ] as const;
    expect(afterOwn(threads, own(true, 4))?.[0]?.unread).toBe(0);
    expect(afterOwn(threads, own(false, 0))).toEqual([]);
    expect(afterOwn([], own(true, 0))).toBeUndefined();
  });

  test("are read with the conversation, also where word of that comes before the reply", () => {
    const room = { id: lobbyId, n: 4, read: 0 } as Room;
    const threads = withReplies([followed(1)], lobby, [reply(3), reply(4)], ada.id);
    expect(threads[0]?.unread).toBe(2);
    expect(readInRoom(threads, room, 4)?.[0]).toMatchObject({ unread: 0, read: 4 });
    expect(readInRoom(threads, { ...room, n: 9 }, 4)).toBe(threads);
    expect(readInRoom(threads, { ...room, read: 4 }, 2)).toBeUndefined();
    expect(readInRoom(threads, { ...room, id: "other" as never, read: 4 }, 2)).toBe(threads);
    expect(withReplies([followed(1)], { ...lobby, read: 3 }, [reply(3), reply(4)], ada.id)[0]?.unread).toBe(
      1,
    );
  });

  test("come in the order of their latest replies", () => {
    const late = { ...followed(1), root: message(1, { replies: { count: 1, last: 9, at: at(9) } }) };
    expect(latestFirst([followed(2), late]).map(({ root }) => root.seq)).toEqual([1, 2]);
  });
});

describe("the message with which a thread began", () => {
  const timeline = addHistory(emptyTimeline, [message(1), message(2)], false, ada.id);

  test("counts its replies, each once, also when it is deleted", () => {
    const once = applyEvents(timeline, [reply(3), reply(4)], ada.id);
    const twice = applyEvents(once, [reply(4)], ada.id);
    expect(messageAt(twice, named(1))?.replies).toEqual({ count: 2, last: 4, at: at(4) });
    const gone = { type: "delete", seq: 5, id: "d", at: at(5), by: ada, of: named(1) } as RoomEvent;
    const deleted = messageAt(applyEvents(twice, [gone], ada.id), named(1));
    expect(deleted).toMatchObject({ deleted: true, replies: { count: 2 } });
  });

  test("does not fall back to an older count that was read while a reply came", () => {
    const live = applyEvents(timeline, [reply(3), reply(4)], ada.id);
    const late = addHistory(live, [message(1, { replies: { count: 1, last: 3, at: at(3) } })], false, ada.id);
    expect(messageAt(late, named(1))?.replies?.count).toBe(2);
  });
});

test("a thread has an address of its own", () => {
  const route = { room: lobbyId, about: false, thread: named(7) };
  expect(pathOf(route)).toBe("/r/lobby/t/7-m-7");
  expect(routeOf("/r/lobby/t/7-m-7")).toEqual(route);
  expect(routeOf("/r/lobby/about")).toEqual({ room: lobbyId, about: true });
  expect(routeOf("/r/lobby/t/x")).toEqual({ room: null, about: false });
});
