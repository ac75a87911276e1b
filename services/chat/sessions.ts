import { randomBytes } from "node:crypto";
import type { SharedLimits } from "../limits/index.ts";
import type { Logs } from "../logs/index.ts";
import type { Logger } from "../platform/index.ts";
import type { Presence } from "../presence/index.ts";
import type { Person, Session, SessionId, SignIn } from "../protocol/index.ts";
import { RequestError } from "../protocol/index.ts";
import type { SessionClaims, Tokens, Users } from "../users/index.ts";

/** Signing in, staying signed in, and signing out, over whichever transport it was asked. */
export interface Sessions {
  /**
   * @param how `here`: on a connection, so the name is held as long as for those who are here
   * @throws RequestError `rate_limited` (the address signed in too often), `conflict` (the name is taken)
   */
  signIn(
    guest: SignIn,
    address: string,
    how?: { here: boolean },
  ): Promise<{ session: Session; claims: SessionClaims }>;
  /** Who a token speaks for, signed out or not. @throws RequestError `unauthorized`: forged or expired */
  verify(token: string): Promise<SessionClaims>;
  /** @throws RequestError `unauthorized`: the session was signed out */
  requireStanding(claims: SessionClaims): Promise<void>;
  /** Who a token speaks for. @throws RequestError `unauthorized`: forged, expired or signed out */
  authenticate(token: string): Promise<SessionClaims>;
  /** A fresh token for the same session. */
  renew(claims: SessionClaims): Promise<Session>;
  /** Ends the session everywhere: refused from now on, its sockets closed on every node, off the list at once. */
  signOut(claims: SessionClaims): Promise<void>;
}

export function createSessions(deps: {
  users: Users;
  tokens: Tokens;
  limits: SharedLimits;
  presence: Presence;
  logs: Logs;
  log: Logger;
}): Sessions {
  const { users, tokens } = deps;

  async function issue(user: Person, session: SessionId) {
    const { token, claims } = await tokens.issue(user, session);
    return {
      session: {
        token,
        user,
        expiresAt: new Date(claims.expiresAtMs).toISOString(),
      },
      claims,
    };
  }

  async function requireStanding({ user, session }: SessionClaims): Promise<void> {
    if (await users.isRevoked(user.id, session))
      throw new RequestError("unauthorized", "this session was signed out; sign in again");
  }

  return {
    requireStanding,
    verify: (token) => tokens.verify(token),
    async signIn(guest, address, { here } = { here: false }) {
      await deps.limits.signIn(address);
      const user = await users.claim(guest, { held: here });
      const session = `s${randomBytes(12).toString("base64url")}` as SessionId;
      deps.log.info({ user: user.id, session }, "signed in");
      return issue(user, session);
    },
    async authenticate(token) {
      const claims = await tokens.verify(token);
      await requireStanding(claims);
      return claims;
    },
    async renew(claims) {
      await users.hold(claims.user);
      return (await issue(claims.user, claims.session)).session;
    },
    async signOut({ user, session, expiresAtMs }) {
      await users.revoke(user.id, session, expiresAtMs);
      // The user's own log carries it to every node where they are connected, and is repaired when the signal is lost.
      await deps.logs.append(
        { kind: "user", id: user.id },
        {
          id: `revoked-${session}`,
          type: "session_revoked",
          by: user,
          fields: { session },
        },
      );
      const gone = await deps.presence.signOut(user.id, session);
      if (gone) await users.release(user);
      deps.log.info({ user: user.id, session }, "signed out");
    },
  };
}
