import { createHmac, createSecretKey } from "node:crypto";
import { errors, jwtVerify } from "jose";
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
  issue(user: Person, session: SessionId): { token: string; claims: SessionClaims };
  /** @throws RequestError `unauthorized`: forged, expired, or not one of ours; `unavailable`: the time is not known */
  verify(token: string): Promise<SessionClaims>;
}

/** @param options.nowMs the time by which tokens are made and expire; that of Redis, so that all nodes agree */
export function createTokens(options: { secret: string; ttlMs: number; nowMs: () => number }): Tokens {
  const key = createSecretKey(options.secret, "utf8");
  const issuer = "parley";
  const header = base64url({ alg: "HS256" });
  /** In this turn of the event loop: signing on another thread, as `jose` does, was a twelfth of what a sign-in cost. */
  const sign = (claims: object) => {
    const signed = `${header}.${base64url(claims)}`;
    return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
  };
  return {
    issue(user, session) {
      const issuedAt = Math.floor(options.nowMs() / 1_000);
      const expiresAt = issuedAt + Math.ceil(options.ttlMs / 1_000);
      return {
        token: sign({
          name: user.name,
          sid: session,
          iss: issuer,
          sub: user.id,
          iat: issuedAt,
          exp: expiresAt,
        }),
        claims: { user, session, expiresAtMs: expiresAt * 1_000 },
      };
    },
    async verify(token) {
      const currentDate = new Date(options.nowMs());
      try {
        const { payload } = await jwtVerify(token, key, {
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

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
