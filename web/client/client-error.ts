import type { ProtocolError } from "../../services/protocol/index.ts";

/** What a request of the client rejects with: the error object of the protocol as an exception. */
export class ClientError extends Error {
  readonly code: ProtocolError["code"];
  readonly field: string | undefined;
  /** Milliseconds after which trying again makes sense. */
  readonly retryAfterMs: number | undefined;
  /** What of a room forbids it. */
  readonly reason: ProtocolError["reason"];
  /** When that ends, ISO 8601. */
  readonly until: string | undefined;

  constructor(error: ProtocolError) {
    super(error.message);
    this.name = "ClientError";
    this.code = error.code;
    this.field = error.field;
    this.retryAfterMs = error.retryAfterMs;
    this.reason = error.reason;
    this.until = error.until;
  }
}

/** Whether the very same request can succeed later without anything being changed about it. */
export function isTemporary(error: Pick<ProtocolError, "code">): boolean {
  return error.code === "unavailable" || error.code === "rate_limited";
}
