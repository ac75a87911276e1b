import type { SharedLimits } from "../../limits/index.ts";
import type { Written } from "../../logs/index.ts";
import type { Messages, Threads } from "../../messages/index.ts";
import { outcomeUnknownForMs } from "../../platform/index.ts";
import {
  type Cursor,
  errorCatalogue,
  type Person,
  type RequestAnswer,
  RequestError,
  type RequestInput,
  type RoomId,
  type UserId,
} from "../../protocol/index.ts";
import type { Users } from "../../users/index.ts";
import type { Handlers } from "../caller.ts";
import type { Audiences } from "../delivery/audience.ts";
import type { Connection } from "../delivery/connection.ts";
import { type Mentions, mentionsAnybody } from "../mentions.ts";

type MessageRequest =
  | "message:send"
  | "message:edit"
  | "message:delete"
  | "message:react"
  | "message:versions"
  | "message:reactions"
  | "room:history"
  | "room:sync";

/** One answer to `room:sync` has at most so many bytes of events; the client asks again for what did not fit. */
const syncBytes = 512 * 1024;

/** A send is answered within two seconds, whatever Redis does. */
const answerWithinMs = 1_900;

/**
 * Messages that a node stores at the same time. More only wait for each other until all of them are too late, and none is
 * stored any more; so many are done within a second.
 */
const underWayAtMost = 2_000;
const busyForMs = 1_000;

/** Sends a message as a user, whichever way it came in: over a socket or over HTTP. */
export type SendMessage = (
  by: Person,
  input: RequestInput<"message:send">,
) => Promise<RequestAnswer<"message:send">>;

export function createSendMessage(deps: {
  messages: Messages;
  limits: SharedLimits;
  mentions: Mentions;
  threads: Threads;
  onSent: (tookMs: number) => void;
  /** There is more to store than this node can. */
  onOverload: () => void;
}): SendMessage {
  let underWay = 0;

  // What is there is not awaited: each wait is a promise more, and a way through the queue, for thousands in a second.
  async function store(
    by: Person,
    input: RequestInput<"message:send">,
  ): Promise<RequestAnswer<"message:send">> {
    if (underWay >= underWayAtMost) {
      deps.onOverload();
      const reason = "more is being written than this node can store; try again with the same id";
      throw new RequestError("unavailable", reason, { retryAfterMs: busyForMs });
    }
    underWay += 1;
    const startedMs = performance.now();
    try {
      if (!deps.limits.messageAhead(by.id)) await deps.limits.message(by.id);
      if (input.notify !== undefined) await deps.mentions.allow(by, input);
      const { seq, n, atMs, duplicate, thread } = await deps.messages.send(by, input);
      if (mentionsAnybody(input)) await deps.mentions.note(by, { ...input, by: by.id, n }, input.id);
      if (thread !== undefined) await deps.threads.answered(by, input.room, thread, seq);
      if (!duplicate) deps.onSent(performance.now() - startedMs);
      return {
        seq,
        n,
        at: new Date(atMs).toISOString(),
        ...(duplicate ? { duplicate: true as const } : {}),
      };
    } finally {
      underWay -= 1;
    }
  }

  return (by, input) => answeredInTime(store(by, input));
}

/**
 * A Redis that is slow but there may take its time for each of the two questions that a send asks. Whatever was asked by
 * then takes effect within `retryAfterMs` or not at all, because the write carries a deadline.
 */
function answeredInTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const reason = "Redis is slow at the moment; try again with the same id";
      reject(new RequestError("unavailable", reason, { retryAfterMs: outcomeUnknownForMs }));
    }, answerWithinMs);
    work.then(
      (answer) => {
        clearTimeout(timer);
        resolve(answer);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

function unlessAway(error: unknown): undefined {
  if (!(error instanceof RequestError) || errorCatalogue[error.code].retry) throw error;
}

export function messageHandlers(deps: {
  messages: Messages;
  users: Pick<Users, "people">;
  limits: SharedLimits;
  mentions: Mentions;
  send: SendMessage;
  audiences: Audiences;
}): Handlers<MessageRequest> {
  /** What is read goes on with what the caller is told live, where somebody here is. */
  function along<T>(
    room: string,
    read: () => Promise<T>,
    headOf: (answer: T) => Cursor | undefined,
  ): Promise<T> {
    const audience = deps.audiences.present({ kind: "room", id: room as RoomId });
    return audience ? audience.readAlong(read, headOf) : read();
  }

  /** A change counts against the same limit as a message. */
  async function change(
    caller: Connection,
    write: () => Promise<Written>,
  ): Promise<RequestAnswer<"message:edit">> {
    await deps.limits.message(caller.user.id);
    const { seq, atMs, duplicate } = await write();
    return {
      seq,
      at: new Date(atMs).toISOString(),
      ...(duplicate ? { duplicate: true as const } : {}),
    };
  }

  /** An edit or a deletion, with what follows from it for those whom the message mentioned. */
  async function rewrite(
    caller: Connection,
    { room, id, of }: RequestInput<"message:delete">,
    after: readonly UserId[] | undefined,
    write: () => Promise<Written>,
  ): Promise<RequestAnswer<"message:edit">> {
    // Who may not look at it may not change it either, and is told so by the script that checks.
    const before = await deps.mentions.of(caller.user.id, room, of).catch(unlessAway);
    const answer = await change(caller, write);
    if (before) await deps.mentions.change(caller.user, before, after, id);
    return answer;
  }

  return {
    "message:send": (caller, input) => deps.send(caller.user, input),
    "message:edit": (caller, input) =>
      rewrite(caller, input, input.mentions ?? [], () => deps.messages.edit(caller.user, input)),
    "message:delete": (caller, input) =>
      rewrite(caller, input, undefined, () => deps.messages.remove(caller.user, input)),
    "message:react": (caller, input) => change(caller, () => deps.messages.react(caller.user, input)),
    "message:versions": (caller, input) => deps.messages.versions(caller.user.id, input),
    async "message:reactions"(caller, input) {
      const { ids, ...page } = await deps.messages.reactions(caller.user.id, input);
      return { people: await deps.users.people(ids), ...page };
    },
    "room:history": (caller, input) =>
      along(
        input.room,
        () => deps.messages.history(caller.user.id, input),
        ({ cursor }) => cursor,
      ),
    async "room:sync"(caller, { rooms }) {
      const answers: RequestAnswer<"room:sync">["rooms"] = {};
      let bytesLeft = syncBytes;
      for (const [room, cursor] of Object.entries(rooms)) {
        if (bytesLeft <= 0) break;
        try {
          const read = () => deps.messages.sync(caller.user.id, room as RoomId, cursor, bytesLeft);
          // With more to come, it ends before the log does.
          const answer = await along(room, read, (one) =>
            "more" in one && one.more ? undefined : one.cursor,
          );
          if ("reset" in answer) {
            answers[room] = answer;
            bytesLeft -= JSON.stringify(answer.messages).length;
          } else {
            const { events, bytes, ...rest } = answer;
            answers[room] = { events: JSON.parse(`[${events.join(",")}]`), ...rest };
            bytesLeft -= bytes;
          }
        } catch (error) {
          // A room that one has left is no reason to keep the others from its reader.
          if (!(error instanceof RequestError) || errorCatalogue[error.code].retry) throw error;
          answers[room] = { error: error.toJSON() };
        }
      }
      return { rooms: answers };
    },
  };
}
