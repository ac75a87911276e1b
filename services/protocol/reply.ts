import type { ProtocolError } from "./errors.ts";
import type { RequestAnswer, RequestName } from "./requests/index.ts";

/** What every request is answered with. */
export type Reply<R extends RequestName> =
  | ({ ok: true } & RequestAnswer<R>)
  | { ok: false; error: ProtocolError };
