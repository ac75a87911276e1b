import type { RoomEvent } from "../services/protocol/index.ts";

type Said = Extract<RoomEvent, { type: "message" }>;
type Change = Extract<RoomEvent, { type: "edit" | "delete" | "reaction" }>;

const keptMessages = 500;

/** The messages shown last, so that it can be said which one somebody reacted to. */
export function createSeen() {
  const messages = new Map<string, Pick<Said, "by" | "text">>();
  return {
    find: (id: string) => messages.get(id),
    remember({ id, by, text }: Said) {
      messages.set(id, { by, ...(text === undefined ? {} : { text }) });
      const [oldest] = messages.keys();
      if (messages.size > keptMessages && oldest !== undefined) messages.delete(oldest);
    },
    change(change: Change) {
      const message = messages.get(change.of.id);
      if (change.type === "delete") messages.delete(change.of.id);
      else if (change.type === "edit" && change.text !== undefined && message !== undefined)
        messages.set(change.of.id, { by: message.by, text: change.text });
    },
  };
}
