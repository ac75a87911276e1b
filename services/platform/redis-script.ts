import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { asRequestError, type RedisConnection } from "./redis-connection.ts";

/** A Lua script as Redis sees it: its text with what it includes, and the digest by which it is called. */
export interface Script {
  readonly name: string;
  readonly source: string;
  readonly sha1: string;
}

const include = /^--#include "(.+)"$/gm;

/**
 * Loads a Lua script from beside the module that calls it. A line `--#include "file.lua"` is replaced by that file, so
 * that what several scripts do in the same way (appending to a log) is written once and still runs as one atomic script.
 *
 * @param name of the file, relative to the module
 * @param base `import.meta.url` of the module
 */
export function loadScript(name: string, base: string): Script {
  const source = readWithIncludes(new URL(name, base));
  return {
    name,
    source,
    sha1: createHash("sha1").update(source).digest("hex"),
  };
}

function readWithIncludes(file: URL): string {
  return readFileSync(file, "utf8").replace(include, (_, name: string) =>
    readWithIncludes(new URL(name, file)),
  );
}

/**
 * Runs a script by its digest, and with its text when Redis has forgotten it (a restart, a failover). A Redis that did
 * not know the script has run nothing, so this is no second execution.
 *
 * @throws RequestError `unavailable` when Redis is away or the outcome is unknown; other errors as they are
 */
export async function runScript(
  redis: RedisConnection,
  script: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(script.sha1, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw asRequestError(error);
  }
  try {
    return await redis.eval(script.source, keys.length, ...keys, ...args);
  } catch (error) {
    throw asRequestError(error);
  }
}

/** Runs single commands with the same translation of errors. */
export async function redisCall<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asRequestError(error);
  }
}
