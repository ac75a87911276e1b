import { errors, jwtVerify, SignJWT } from "jose";
import {
  type Person,
  RequestError,
  type SessionId,
  sessionIdSchema,
  userIdSchema,
} from "../protocol/index.ts";

/** Who a token speaks for. */
export interface SessionClaims {
  readonly user: Person;
  readonly session: SessionId;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** Signs and checks session tokens: JWT, HS256, with the secret that all nodes share. */
export interface Tokens {
  issue(user: Person, session: SessionId): Promise<{ token: string; claims: SessionClaims }>;
  /** @throws RequestError `unauthorized`: forged, expired, or not one of ours; `unavailable`: the time is not known */
  verify(token: string): Promise<SessionClaims>;
}

/** @param options.nowMs the time by which tokens are made and expire; that of Redis, so that all nodes agree */
export function createTokens(options: { secret: string; ttlMs: number; nowMs: () => number }): Tokens {
  // Made once: given the secret as bytes, the library makes one for each token, which takes as long as the check itself.
  const key = crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(options.secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign", "verify"],
  );
  const issuer = "parley";
  return {
    async issue(user, session) {
      const issuedAt = Math.floor(options.nowMs() / 1_000);
      const expiresAt = issuedAt + Math.ceil(options.ttlMs / 1_000);
      const token = await new SignJWT({ name: user.name, sid: session })
        .setProtectedHeader({ alg: "HS256" })
        .setIssuer(issuer)
        .setSubject(user.id)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(await key);
      return {
        token,
        claims: { user, session, expiresAtMs: expiresAt * 1_000 },
      };
    },
    async verify(token) {
      const currentDate = new Date(options.nowMs());
      try {
        const { payload } = await jwtVerify(token, await key, {
          issuer,
          algorithms: ["HS256"],
          requiredClaims: ["sub", "exp", "sid", "name"],
          currentDate,
        });
        return {
          user: {
            id: userIdSchema.parse(payload.sub),
            name: String(payload.name),
          },
          session: sessionIdSchema.parse(payload.sid),
          expiresAtMs: Number(payload.exp) * 1_000,
        };
      } catch (error) {
        const expired = error instanceof errors.JWTExpired;
        throw new RequestError(
          "unauthorized",
          expired ? "the session has expired; sign in again" : "this token is not valid; sign in again",
        );
      }
    },
  };
}
