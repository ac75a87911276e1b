import type { z } from "zod";
import {
  type ProtocolError,
  type RequestAnswer,
  RequestError,
  type RequestInput,
  type RequestName,
} from "../protocol/index.ts";
import type { Connection } from "./delivery/connection.ts";

/** Answers one kind of request. Rejects with `RequestError`; anything else is a fault of ours. */
export type Handler<R extends RequestName> = (
  caller: Connection,
  input: RequestInput<R>,
) => Promise<RequestAnswer<R>>;

export type Handlers<R extends RequestName = RequestName> = {
  readonly [K in R]: Handler<K>;
};

/** Validates; a fault names the field that is wrong and what would be right. */
export function parseInput<S extends z.ZodType>(schema: S, given: unknown): z.output<S> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.map(String).join(".") ?? "";
  const message = issue?.message ?? "is malformed";
  throw new RequestError(
    "invalid",
    field === "" ? `the request ${message}` : `${field}: ${message}`,
    field === "" ? {} : { field },
  );
}

/** What a failed request is answered with. `onFault` is told of everything that is not the caller's doing. */
export function errorOf(error: unknown, onFault: (error: unknown) => void): ProtocolError {
  if (error instanceof RequestError) return error.toJSON();
  onFault(error);
  return {
    code: "internal",
    message: "something went wrong on the server; it is in its log",
  };
}
