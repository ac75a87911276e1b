import { createHmac } from "node:crypto";
import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import type { SessionId, UserId } from "../../services/protocol/index.ts";
import { createTokens } from "../../services/users/index.ts";

const secret = "a secret that all nodes of this cluster share";
const ada = { id: "u-ada" as UserId, name: "Ada Lovelace, née Byron ✓" };
const session = "s-1" as SessionId;
const startMs = 1_800_000_000_500;

function start(options: { secret?: string; ttlMs?: number } = {}) {
  let nowMs = startMs;
  const tokens = createTokens({ secret, ttlMs: 60_000, ...options, nowMs: () => nowMs });
  return {
    ...tokens,
    passTo(ms: number) {
      nowMs = ms;
    },
  };
}

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const claims = {
  iss: "parley",
  sub: ada.id,
  sid: session,
  name: ada.name,
  iat: 1_800_000_000,
  exp: 1_800_000_060,
};

/** A token of any header and claims, signed with HMAC. */
function forge(header: object, payload: object, key = secret, hash = "sha256"): string {
  const signed = `${base64(header)}.${base64(payload)}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest("base64url")}`;
}

const unauthorized = { name: "RequestError", code: "unauthorized" };

describe("a token", () => {
  it("says who it speaks for, on every node that knows the secret", async () => {
    const { token, claims: issued } = await start().issue(ada, session);
    expect(issued).toEqual({ user: ada, session, expiresAtMs: 1_800_000_060_000 });
    expect(await start().verify(token)).toEqual(issued);
    expect(token).not.toContain(secret);
  });

  it("is accepted in the form that it is documented to have", async () => {
    expect(await start().verify(forge({ alg: "HS256" }, claims))).toMatchObject({ user: ada, session });
  });

  it("runs out, by the time of the cluster", async () => {
    const { issue, verify, passTo } = start();
    const { token } = await issue(ada, session);
    passTo(1_800_000_059_999);
    await verify(token);
    passTo(1_800_000_060_001);
    await expect(verify(token)).rejects.toMatchObject({
      ...unauthorized,
      message: expect.stringContaining("expired"),
    });
  });

  it("is valid on a node whose clock is a little behind", async () => {
    const { token } = await start().issue(ada, session);
    const behind = start();
    behind.passTo(startMs - 30_000);
    await behind.verify(token);
  });

  it("lasts no less than was asked for", async () => {
    const { claims: issued } = await start({ ttlMs: 1_500 }).issue(ada, session);
    expect(issued.expiresAtMs - startMs).toBeGreaterThanOrEqual(1_000);
  });

  it.each([
    ["of another secret", forge({ alg: "HS256" }, claims, "another secret, just as long as the right one")],
    ["with a header of none", `${base64({ alg: "none" })}.${base64(claims)}.`],
    ["with a header of None", `${base64({ alg: "None" })}.${base64(claims)}.`],
    ["of another algorithm", forge({ alg: "HS512" }, claims, secret, "sha512")],
    ["that only says that it is signed", forge({ alg: "RS256" }, claims)],
    ["of another issuer", forge({ alg: "HS256" }, { ...claims, iss: "somebody" })],
    ["of no issuer", forge({ alg: "HS256" }, { ...claims, iss: undefined })],
    ["that never runs out", forge({ alg: "HS256" }, { ...claims, exp: undefined })],
    ["that runs out at some word", forge({ alg: "HS256" }, { ...claims, exp: "never" })],
    ["for nobody", forge({ alg: "HS256" }, { ...claims, sub: undefined })],
    ["for an id that is none", forge({ alg: "HS256" }, { ...claims, sub: "u}:log" })],
    ["for no session", forge({ alg: "HS256" }, { ...claims, sid: undefined })],
    ["for a session that is none", forge({ alg: "HS256" }, { ...claims, sid: "s s" })],
    ["without a name", forge({ alg: "HS256" }, { ...claims, name: undefined })],
    ["that is not valid yet", forge({ alg: "HS256" }, { ...claims, nbf: 1_800_000_030 })],
    ["that is empty", ""],
    ["that is no token", "ada"],
    ["that is too long to be one", "a.".repeat(5_000)],
    ["of a critical extension", forge({ alg: "HS256", crit: ["x"], x: 1 }, claims)],
  ])("%s is refused", async (_, token) => {
    await expect(start().verify(token)).rejects.toMatchObject(unauthorized);
  });

  it("that was changed is refused, whichever part", async () => {
    const { token } = await start().issue(ada, session);
    const [header = "", payload = "", signature = ""] = token.split(".");
    const { token: bobs } = await start().issue({ id: "u-bob" as UserId, name: "bob" }, session);
    for (const changed of [
      `${header}.${bobs.split(".")[1]}.${signature}`,
      `${header}.${payload}.${bobs.split(".")[2]}`,
      `${base64({ alg: "HS256", typ: "JWT" })}.${payload}.${signature}`,
      `${header}.${payload}`,
      `${token}.${signature}`,
    ])
      await expect(start().verify(changed)).rejects.toMatchObject(unauthorized);
  });

  it("that an asymmetric key signed is refused", async () => {
    const { generateKeyPair } = await import("jose");
    const { privateKey } = await generateKeyPair("ES256");
    const token = await new SignJWT(claims).setProtectedHeader({ alg: "ES256" }).sign(privateKey);
    await expect(start().verify(token)).rejects.toMatchObject(unauthorized);
  });
});
