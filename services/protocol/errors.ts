import { z } from "zod";

/**
 * Every way in which a request can fail. `status` is the HTTP status of the same error; `retry` says whether the very
 * same request can succeed later without anything being changed about it.
 */
export const errorCatalogue = {
  invalid: {
    status: 400,
    retry: false,
    meaning: "The request is malformed; `field` names what is wrong",
  },
  unauthorized: {
    status: 401,
    retry: false,
    meaning: "Not signed in, or the session has ended",
  },
  forbidden: {
    status: 403,
    retry: false,
    meaning: "Signed in, but not allowed to do this",
  },
  not_found: {
    status: 404,
    retry: false,
    meaning: "There is no such room, user or message",
  },
  conflict: {
    status: 409,
    retry: false,
    meaning: "It contradicts what is already there, such as a name that is taken",
  },
  too_large: {
    status: 413,
    retry: false,
    meaning: "Larger than the limit that `welcome.limits` names",
  },
  rate_limited: {
    status: 429,
    retry: true,
    meaning: "Too much in too short a time; wait `retryAfterMs`",
  },
  unavailable: {
    status: 503,
    retry: true,
    meaning:
      "Redis or another dependency is away: the outcome is unknown until `retryAfterMs` has passed; repeat with the same id",
  },
  internal: {
    status: 500,
    retry: false,
    meaning: "A fault of the server, written to its log",
  },
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

const errorCodes = Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]];

export const errorSchema = z
  .object({
    code: z.enum(errorCodes),
    message: z.string().describe("What is wrong and what would be right, for a person to read"),
    field: z
      .string()
      .optional()
      .describe("The part of the request that is wrong, such as `text` or `rooms.lobby`"),
    retryAfterMs: z.number().int().optional().describe("Milliseconds after which trying again makes sense"),
    reason: z
      .enum(["archived", "banned", "muted", "slow"])
      .optional()
      .describe("What of the room forbids it, so that it is told from other refusals; `slow`: its slow mode"),
    until: z.iso
      .datetime()
      .optional()
      .describe("When a ban or mute ends; absent with such a `reason`: not by itself"),
  })
  .describe("What went wrong");

/** The error object as it travels, in acknowledgements and HTTP bodies alike. */
export type ProtocolError = z.infer<typeof errorSchema>;

/** Thrown anywhere in a service to answer a request with an error of the catalogue. */
export class RequestError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly reason: ProtocolError["reason"];
  readonly until: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    details: Pick<ProtocolError, "field" | "retryAfterMs" | "reason" | "until"> = {},
  ) {
    super(message);
    this.name = "RequestError";
    this.code = code;
    this.field = details.field;
    this.retryAfterMs = details.retryAfterMs;
    this.reason = details.reason;
    this.until = details.until;
  }

  /** The shape that travels; leaves out what is not set. */
  toJSON(): ProtocolError {
    return {
      code: this.code,
      message: this.message,
      ...(this.field === undefined ? {} : { field: this.field }),
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
      ...(this.reason === undefined ? {} : { reason: this.reason }),
      ...(this.until === undefined ? {} : { until: this.until }),
    };
  }
}
