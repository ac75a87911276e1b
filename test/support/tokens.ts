import { randomUUID } from "node:crypto";
import { SignJWT } from "jose";

/** Signs a session token as a node would, or one that no node would sign. */
export function signToken(options: {
  secret: string;
  user: { id: string; name: string };
  /** Relative to now; may be in the past. */
  expiresInMs?: number;
  session?: string;
  issuer?: string;
  algorithm?: string;
  /** Left out of the claims. */
  without?: "sid" | "name" | "exp";
}): Promise<string> {
  const {
    user,
    session = `s${randomUUID()}`,
    expiresInMs = 60_000,
    issuer = "parley",
    algorithm = "HS256",
  } = options;
  const expiresAt = Math.ceil((Date.now() + expiresInMs) / 1_000);
  const claims = { name: user.name, sid: session, exp: expiresAt };
  const kept = Object.fromEntries(Object.entries(claims).filter(([claim]) => claim !== options.without));
  return new SignJWT(kept)
    .setProtectedHeader({ alg: algorithm })
    .setIssuer(issuer)
    .setSubject(user.id)
    .setIssuedAt()
    .sign(new TextEncoder().encode(options.secret));
}

/** A token that says of itself that it needs no signature. */
export function unsignedToken(user: { id: string; name: string }): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const seconds = Math.floor(Date.now() / 1_000);
  const claims = {
    name: user.name,
    sid: `s${randomUUID()}`,
    sub: user.id,
    iss: "parley",
    iat: seconds,
    exp: seconds + 60,
  };
  return `${part({ alg: "none" })}.${part(claims)}.`;
}
