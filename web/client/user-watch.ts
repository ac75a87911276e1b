import type { RequestAnswer, RequestPayload } from "../../services/protocol/index.ts";
import { isTemporary } from "./client-error.ts";
import type { Connection } from "./connection.ts";
import type { Timers } from "./timers.ts";

type Watch = RequestPayload<"users:watch">;

const defaultRetryMs = 1_000;

/** What a connection forgets when it ends and the next one must be told again. */
export function createUserWatch(deps: { ask: Connection["ask"]; timers: Timers }) {
  let wanted: { payload: Watch; onPage: (page: RequestAnswer<"users:watch">) => void } | undefined;
  let online = false;
  let generation = 0;

  function watch() {
    generation += 1;
    if (wanted === undefined || !online) return;
    const asOf = generation;
    const { payload, onPage } = wanted;
    deps.ask("users:watch", payload, (reply) => {
      if (asOf !== generation) return;
      if (reply.ok) onPage(reply.answer);
      else if (isTemporary(reply.error))
        deps.timers.after(reply.error.retryAfterMs ?? defaultRetryMs, () => {
          if (asOf === generation) watch();
        });
    });
  }

  return {
    watch(payload: Watch, onPage: (page: RequestAnswer<"users:watch">) => void) {
      wanted = { payload, onPage };
      watch();
    },
    welcomed() {
      online = true;
      watch();
    },
    disconnected() {
      online = false;
      generation += 1;
    },
  };
}
