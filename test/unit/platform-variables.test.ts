import { describe, expect, it } from "vitest";
import { chatVariables } from "../../services/chat/config.ts";
import {
  ConfigurationError,
  keyPrefix,
  listOf,
  oneOf,
  optionalSecret,
  readVariables,
  redisUrl,
  requiredSecret,
  text,
  type Variables,
  wholeNumber,
} from "../../services/platform/index.ts";

const table = {
  HOST: text("Address", "127.0.0.1"),
  PORT: wholeNumber("Port", 3000, { min: 0, max: 65_535 }),
  LEVEL: oneOf("Level", "info", ["info", "warn"]),
  ORIGINS: listOf("Origins", "", "a list of origins", (entry) => entry.startsWith("https://")),
  SECRET: requiredSecret("Secret", 8),
  ADMIN: optionalSecret("Administrator", 8),
  REDIS_URL: redisUrl("Redis"),
  PREFIX: keyPrefix("Prefix"),
  LIMIT_TEXT_BYTES: wholeNumber("Longest text", 100, { min: 0, max: 1_000 }),
  HISTORY_MAX_DAYS: wholeNumber("Days", 0, { min: 0, max: 10 }),
} satisfies Variables;

const right = { SECRET: "long enough" };

function faultsOf(environment: NodeJS.ProcessEnv, variables: Variables = table): readonly string[] {
  try {
    readVariables(variables, environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

describe("reading the environment", () => {
  it("takes what is set, and else what the table says", () => {
    const values = readVariables(table, {
      ...right,
      PORT: "0",
      ORIGINS: " https://a.example , https://b.example,",
      ADMIN: "administrator",
      REDIS_URL: "rediss://user:secret@127.0.0.1:6380/2",
      UNRELATED: "x",
    });
    expect(values).toEqual({
      HOST: "127.0.0.1",
      PORT: 0,
      LEVEL: "info",
      ORIGINS: ["https://a.example", "https://b.example"],
      SECRET: "long enough",
      ADMIN: "administrator",
      REDIS_URL: "rediss://user:secret@127.0.0.1:6380/2",
      PREFIX: "parley:",
      LIMIT_TEXT_BYTES: 100,
      HISTORY_MAX_DAYS: 0,
    });
    expect(Object.isFrozen(values)).toBe(true);
  });

  it("counts an empty variable as not set", () => {
    const values = readVariables(table, { ...right, PORT: "", ADMIN: "", ORIGINS: "", REDIS_URL: "" });
    expect(values).toMatchObject({
      PORT: 3_000,
      ADMIN: "",
      ORIGINS: [],
      REDIS_URL: "redis://127.0.0.1:6379",
    });
    expect(faultsOf({ SECRET: "" })).toEqual(["SECRET is not set; it must hold at least 8 characters"]);
  });

  it("reports everything that is wrong at once: the variable, what it holds, what it may hold", () => {
    expect(
      faultsOf({
        PORT: "http",
        LEVEL: "loud",
        ORIGINS: "https://a.example,http://b.example",
        PREFIX: "a b",
        LIMIT_TEXT_BYTES: "-1",
      }),
    ).toEqual([
      'PORT holds "http"; it may hold a whole number from 0 to 65535',
      'LEVEL holds "loud"; it may hold one of info, warn',
      'ORIGINS holds "https://a.example,http://b.example"; it may hold a list of origins',
      "SECRET is not set; it must hold at least 8 characters",
      "PREFIX holds \"a b\"; it may hold up to 32 letters, digits, ':', '-', '_' and '.'",
      'LIMIT_TEXT_BYTES holds "-1"; it may hold a whole number from 0 to 1000',
    ]);
  });

  it("gives one line to a variable, whatever it holds", () => {
    for (const fault of faultsOf({ ...right, PORT: "1\n2\r3", LEVEL: "a\nb" }))
      expect(fault).not.toMatch(/[\n\r]/);
    const error = new ConfigurationError(["one", "two"]);
    expect(error.message).toBe("one\ntwo");
  });

  it("shows no secret", () => {
    const faults = faultsOf({ SECRET: "hushpup", ADMIN: "hushpup", REDIS_URL: "http://u:hushpup@127.0.0.1" });
    expect(faults).toHaveLength(3);
    expect(faults.join("\n")).not.toContain("hushpup");
    for (const fault of faults) expect(fault).toContain("holds a value that is not shown; it may hold");
  });

  it("knows no limit that is misspelt", () => {
    expect(faultsOf({ ...right, LIMIT_TEXT_BYTE: "5", HISTORY_DAYS: "5", LIMITS: "5" })).toEqual([
      "LIMIT_TEXT_BYTE is unknown; there are LIMIT_TEXT_BYTES, HISTORY_MAX_DAYS",
      "HISTORY_DAYS is unknown; there are LIMIT_TEXT_BYTES, HISTORY_MAX_DAYS",
    ]);
    // A service without limits is not asked about those of others.
    expect(faultsOf({ LIMIT_TEXT_BYTES: "5" }, { HOST: table.HOST })).toEqual([]);
  });
});

describe("a whole number", () => {
  const { parse } = wholeNumber("x", 1, { min: 1, max: 10 });

  it.each([
    ["1", 1],
    ["10", 10],
    [" 7 ", 7],
    ["007", 7],
  ])("may be written %j", (given, value) => {
    expect(parse(given)).toBe(value);
  });

  it.each(["0", "11", "1.5", "1e1", "-1", "+1", "0x1", "ten", "1 2", "Infinity", "٣"])(
    "is not %j",
    (given) => {
      expect(parse(given)).toBeUndefined();
    },
  );
});

describe("the variables of a chat node", () => {
  const needed = { TOKEN_SECRET: "s".repeat(32) };

  it("are all right when only what must be set is set", () => {
    expect(faultsOf({}, chatVariables)).toEqual([
      "TOKEN_SECRET is not set; it must hold at least 32 characters",
    ]);
    expect(faultsOf(needed, chatVariables)).toEqual([]);
  });

  it("name proxies that can be understood later on", () => {
    const good = "loopback, linklocal,uniquelocal,10.0.0.0/8,192.0.2.7,fd00::/8,::1,::ffff:10.0.0.1";
    expect(faultsOf({ ...needed, TRUST_PROXY: good }, chatVariables)).toEqual([]);
    for (const bad of [
      "10.0.0.0/33",
      "10.0.0",
      "999.1.1.1",
      "::1/129",
      "12345",
      "true",
      "1",
      "proxy.example",
      "10.0.0.0/",
    ]) {
      expect(faultsOf({ ...needed, TRUST_PROXY: bad }, chatVariables), bad).toHaveLength(1);
    }
  });

  it("name origins, not addresses of pages", () => {
    const good = "https://chat.example.org,http://127.0.0.1:5173,*";
    expect(faultsOf({ ...needed, ALLOWED_ORIGINS: good }, chatVariables)).toEqual([]);
    for (const bad of [
      "chat.example.org",
      "https://chat.example.org/",
      "https://chat.example.org/page",
      "null",
      "*.example.org",
    ]) {
      expect(faultsOf({ ...needed, ALLOWED_ORIGINS: bad }, chatVariables), bad).toHaveLength(1);
    }
  });

  it("turn a limit off with 0, each of them", () => {
    const limits = Object.keys(chatVariables).filter((name) => name.startsWith("LIMIT_"));
    expect(limits.length).toBeGreaterThan(8);
    const off = Object.fromEntries(limits.map((name) => [name, "0"]));
    expect(faultsOf({ ...needed, ...off }, chatVariables)).toEqual([]);
  });

  it("have a default that they accept themselves", () => {
    for (const [name, variable] of Object.entries(chatVariables)) {
      if (variable.fallback !== undefined) expect(variable.parse(variable.fallback), name).toBeDefined();
    }
  });
});
