import type { Room } from "../../services/protocol/index.ts";
import { type ChatClient, roomId } from "../support/chat-client.ts";
import type { History, Stored } from "./history.ts";

/** Records all messages of a room since `room` was recorded, as that node hands them out. */
export async function readRoom(
  reader: ChatClient,
  node: string,
  room: Room,
  history: History,
): Promise<void> {
  const stored: Stored[] = [];
  let before: number | undefined;
  for (;;) {
    const page = await reader.get("room:history", {
      room: roomId(room.id),
      limit: 200,
      ...(before === undefined ? {} : { before }),
    });
    const ours = page.messages.filter(({ seq }) => seq > room.seq);
    stored.unshift(
      ...ours.map(({ seq, n, id, text, by, at }) => ({
        seq,
        n,
        id,
        text: text ?? "",
        by: by.name,
        at: history.clock(at),
      })),
    );
    before = page.messages[0]?.seq;
    if (!page.more || ours.length < page.messages.length || before === undefined) break;
  }
  history.add({
    type: "history",
    from: node,
    room: room.id,
    seq: stored.at(-1)?.seq ?? 0,
    messages: stored,
  });
}

/** Records the whole list of users, as that node hands it out. */
export async function readList(reader: ChatClient, node: string, history: History): Promise<void> {
  const users: string[] = [];
  let count = 0;
  let cursor: string | undefined;
  do {
    const page = await reader.get("users:list", cursor === undefined ? {} : { cursor: cursor as never });
    users.push(...page.users.map(({ name }) => name));
    count = page.count;
    cursor = page.cursor;
  } while (cursor !== undefined);
  history.add({ type: "users", from: node, users, count });
}
