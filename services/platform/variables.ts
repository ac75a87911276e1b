import { parseRedisAddress, redisAddressForms } from "./redis-address.ts";

/**
 * Configuration by environment variables. A service states its variables in a table; the same table validates the
 * environment and is what the README's configuration table is compared with.
 */
export interface Variable<T> {
  /** What it is for, as one line of the README's table. */
  readonly about: string;
  /** What it is when nothing is set, as it would be written in the environment; undefined: must be set. */
  readonly fallback: string | undefined;
  /** What it may hold, in words, for the error message and the table. */
  readonly mayHold: string;
  /** Never shown, neither in errors nor in logs. */
  readonly secret?: boolean;
  /** The value, or undefined when the text is not acceptable. */
  parse(text: string): T | undefined;
}

export type Variables = Readonly<Record<string, Variable<unknown>>>;
export type Values<V extends Variables> = {
  readonly [K in keyof V]: V[K] extends Variable<infer T> ? T : never;
};

/** All that is wrong with the environment, one line for each variable. */
export class ConfigurationError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.name = "ConfigurationError";
    this.faults = faults;
  }
}

/**
 * Reads the variables from the environment once, and freezes the result. An empty variable counts as not set.
 *
 * @throws ConfigurationError naming every faulty variable, what it holds, and what it may hold.
 */
export function readVariables<V extends Variables>(table: V, environment: NodeJS.ProcessEnv): Values<V> {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(table)) {
    const given = environment[name] || variable.fallback;
    if (given === undefined) {
      faults.push(`${name} is not set; it must hold ${variable.mayHold}`);
      continue;
    }
    const value = variable.parse(given);
    if (value === undefined) {
      const held = variable.secret ? "a value that is not shown" : JSON.stringify(given);
      faults.push(`${name} holds ${held}; it may hold ${variable.mayHold}`);
    }
    values[name] = value;
  }
  // A misspelt limit is a limit that is silently not applied.
  for (const name of Object.keys(environment)) {
    if (/^(LIMIT|HISTORY)_/.test(name) && !(name in table)) {
      const known = Object.keys(table).filter((other) => /^(LIMIT|HISTORY)_/.test(other));
      if (known.length > 0) faults.push(`${name} is unknown; there are ${known.join(", ")}`);
    }
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  return Object.freeze(values) as Values<V>;
}

export function text(about: string, fallback: string, options: { secret?: boolean } = {}): Variable<string> {
  return {
    about,
    fallback,
    mayHold: "text",
    ...options,
    parse: (given) => given,
  };
}

export function wholeNumber(
  about: string,
  fallback: number,
  range: { min: number; max: number },
): Variable<number> {
  return {
    about,
    fallback: String(fallback),
    mayHold: `a whole number from ${range.min} to ${range.max}`,
    parse(given) {
      const value = Number(given);
      return /^\d+$/.test(given.trim()) && value >= range.min && value <= range.max ? value : undefined;
    },
  };
}

export function oneOf<const C extends string>(
  about: string,
  fallback: C,
  choices: readonly C[],
): Variable<C> {
  return {
    about,
    fallback,
    mayHold: `one of ${choices.join(", ")}`,
    parse: (given) => choices.find((choice) => choice === given),
  };
}

/** A comma separated list; `accepts` judges one entry. */
export function listOf(
  about: string,
  fallback: string,
  mayHold: string,
  accepts: (entry: string) => boolean,
): Variable<readonly string[]> {
  return {
    about,
    fallback: fallback === "" ? " " : fallback,
    mayHold,
    parse(given) {
      const entries = given
        .split(",")
        .map((entry) => entry.trim())
        .filter((entry) => entry !== "");
      return entries.every(accepts) ? entries : undefined;
    },
  };
}

/** A secret that is either long enough or absent; absent is the empty text. */
export function optionalSecret(about: string, minLength: number): Variable<string> {
  return {
    about,
    fallback: " ",
    mayHold: `at least ${minLength} characters, or nothing`,
    secret: true,
    parse: (given) => (given.trim() === "" ? "" : given.length >= minLength ? given : undefined),
  };
}

export function requiredSecret(about: string, minLength: number): Variable<string> {
  return {
    about,
    fallback: undefined,
    mayHold: `at least ${minLength} characters`,
    secret: true,
    parse: (given) => (given.length >= minLength ? given : undefined),
  };
}

export function redisUrl(about: string): Variable<string> {
  return {
    about,
    fallback: "redis://127.0.0.1:6379",
    mayHold: redisAddressForms,
    secret: true,
    parse: (given) => (parseRedisAddress(given) ? given : undefined),
  };
}

export function keyPrefix(about: string): Variable<string> {
  return {
    about,
    fallback: "parley:",
    mayHold: "up to 32 letters, digits, ':', '-', '_' and '.'",
    parse: (given) => (/^[A-Za-z0-9:_.-]{1,32}$/.test(given) ? given : undefined),
  };
}
