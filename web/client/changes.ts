import type { ProtocolError, RequestAnswer, RequestPayload } from "../../services/protocol/index.ts";
import type { Connection } from "./connection.ts";
import type { Timers } from "./timers.ts";

/** What may be done to a message. */
export type ChangeName = "message:edit" | "message:delete" | "message:react" | "message:pin";
/** All but the id, which names the change and is made here. */
export type Change<N extends ChangeName> = Omit<RequestPayload<N>, "id">;

type Settle = (
  reply: { ok: true; answer: RequestAnswer<ChangeName> } | { ok: false; error: ProtocolError },
) => void;

interface Asked {
  readonly name: ChangeName;
  readonly payload: RequestPayload<ChangeName>;
  readonly settle: Settle;
}

const defaultRetryMs = 1_000;

/**
 * Changes to messages, each with an id of its own. One that was asked for and whose answer was lost is asked for again
 * with the same id, on the next connection if need be, until it is known what became of it; so it happens once. One
 * that is asked for without a connection is refused at once: what it would change may look different by then.
 */
export function createChanges(deps: {
  ask: Connection["ask"];
  isOnline: () => boolean;
  uuid: () => string;
  timers: Timers;
}) {
  /** Whose outcome is not known. */
  const open = new Set<Asked>();

  function ask(asked: Asked) {
    open.delete(asked);
    deps.ask(asked.name, asked.payload, (reply) => {
      if (reply.ok || reply.error.code !== "unavailable") return asked.settle(reply);
      open.add(asked);
      // Otherwise the next connection does it.
      if (deps.isOnline()) {
        deps.timers.after(reply.error.retryAfterMs ?? defaultRetryMs, () => {
          if (open.has(asked) && deps.isOnline()) ask(asked);
        });
      }
    });
  }

  return {
    change<N extends ChangeName>(name: N, change: Change<N>, settle: Settle) {
      if (!deps.isOnline()) {
        const message = "There is no connection to the server right now.";
        return settle({ ok: false, error: { code: "unavailable", message } });
      }
      const payload = { ...change, id: deps.uuid() } as RequestPayload<ChangeName>;
      ask({ name, payload, settle });
    },
    /** There is a connection again. */
    flush() {
      for (const asked of [...open]) ask(asked);
    },
    /** The session is over: nobody will ever know. */
    end(error: ProtocolError) {
      for (const { settle } of open) settle({ ok: false, error });
      open.clear();
    },
  };
}
