import type { ProtocolError } from "./errors.ts";
import type { NoticeName, NoticePayload } from "./notices.ts";
import type { RequestAnswer, RequestName, RequestPayload } from "./requests/index.ts";

/** What every request is answered with. */
export type Reply<R extends RequestName> =
  | ({ ok: true } & RequestAnswer<R>)
  | { ok: false; error: ProtocolError };

/** Event map of Socket.IO, client to server. */
export type ClientToServerEvents = {
  [R in RequestName]: (payload: RequestPayload<R>, acknowledge: (reply: Reply<R>) => void) => void;
};

/** Event map of Socket.IO, server to client. */
export type ServerToClientEvents = {
  [N in NoticeName]: (payload: NoticePayload<N>) => void;
};
