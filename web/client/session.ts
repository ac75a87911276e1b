import type { ProtocolError, Session } from "../../services/protocol/index.ts";
import { ClientError } from "./client-error.ts";
import type { Credentials } from "./contract.ts";
import type { Timers } from "./timers.ts";

/** `refused`: the server says that the session is over. `unreachable`: it said nothing of use; try again. */
export type Renewal = "renewed" | "refused" | "unreachable";

export interface SessionDeps {
  /** Origin of the server, such as `https://chat.example`. */
  url: string;
  credentials: Credentials;
  fetch: typeof fetch;
  now: () => number;
  random: () => number;
  timers: Timers;
  onToken: (token: string) => void;
}

const renewRetryMs = 20_000;
const longestTimerMs = 6 * 60 * 60_000;
const answerTimeoutMs = 8_000;
/** A node that hangs is out of the balancer's rotation by then, and another one answers. */
const endWithinMs = 30_000;
const endAgainMs = 1_000;

/** Holds the token of this client, renews it before it runs out, and signs in again by name and key when it can. */
export function createSession(deps: SessionDeps) {
  const guest =
    "name" in deps.credentials ? { name: deps.credentials.name, key: deps.credentials.key } : undefined;
  let token = "token" in deps.credentials ? deps.credentials.token : undefined;
  let expiresAtMs: number | undefined;
  let skewMs = 0;
  let cancelRenewal: (() => void) | undefined;

  function hold(next: string, expiry = expiryOf(next)) {
    const changed = next !== token;
    token = next;
    expiresAtMs = expiry;
    scheduleRenewal();
    if (changed) deps.onToken(next);
  }

  function scheduleRenewal() {
    cancelRenewal?.();
    cancelRenewal = undefined;
    if (expiresAtMs === undefined) return;
    const leftMs = expiresAtMs - (deps.now() + skewMs);
    // Between three and four fifths of what is left, so that the sessions of one morning do not renew in one moment.
    const delayMs = leftMs * (0.6 + 0.2 * deps.random());
    cancelRenewal = deps.timers.after(Math.max(0, Math.min(delayMs, longestTimerMs)), () => {
      if (delayMs > longestTimerMs) scheduleRenewal();
      else void renewOrRetry();
    });
  }

  async function renewOrRetry() {
    if ((await renew()) !== "unreachable" || isExpired()) return;
    cancelRenewal = deps.timers.after(renewRetryMs * (0.5 + deps.random()), () => void renewOrRetry());
  }

  function call(method: "POST" | "DELETE", path: string) {
    return deps.fetch(new URL(path, deps.url), {
      method,
      headers: { authorization: `Bearer ${token ?? ""}` },
      // Goes out also when the page is closed right after.
      keepalive: method === "DELETE",
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
  }

  async function renew(): Promise<Renewal> {
    const held = token;
    if (held === undefined) return "refused";
    try {
      const answer = await call("POST", "/api/session/renew");
      if (answer.ok) {
        const session = (await answer.json()) as Session;
        // Signed out, or signed in anew, while the answer was on its way.
        if (token === held) hold(session.token, Date.parse(session.expiresAt));
        return "renewed";
      }
      return answer.status === 429 || answer.status >= 500 ? "unreachable" : "refused";
    } catch {
      return "unreachable";
    }
  }

  function isExpired(): boolean {
    return expiresAtMs !== undefined && deps.now() + skewMs >= expiresAtMs - 2_000;
  }

  return {
    get token() {
      return token;
    },
    /** Whether losing the token is no harm, because name and key are here. */
    get canSignInAgain() {
      return guest !== undefined;
    },
    isExpired,
    renew,
    /** What the next handshake presents. */
    credentials(): Credentials {
      if (token !== undefined) return { token };
      return guest ?? { token: "" };
    },
    /** The next handshake signs in by name and key again. */
    forgetToken() {
      cancelRenewal?.();
      token = undefined;
      expiresAtMs = undefined;
    },
    /** Takes what a welcome says: the clock of the server, and the token of a fresh guest. */
    welcomed(serverTime: string, fresh: string | undefined) {
      const serverMs = Date.parse(serverTime);
      if (Number.isFinite(serverMs)) skewMs = serverMs - deps.now();
      if (fresh !== undefined) hold(fresh);
      else if (token !== undefined && cancelRenewal === undefined) hold(token);
    },
    /** Ends the session on the server, however often that must be asked. Rejects with `ClientError` if it could not be told in half a minute. */
    async end(): Promise<void> {
      cancelRenewal?.();
      const untilMs = deps.now() + endWithinMs;
      while (token !== undefined) {
        try {
          const answer = await call("DELETE", "/api/session");
          // 401 says that it had ended before: just what was wanted.
          if (answer.ok || answer.status === 401) token = undefined;
        } catch {
          // Asked again.
        }
        if (token === undefined) return;
        if (deps.now() >= untilMs) throw new ClientError(unreachable);
        await new Promise<void>((resolve) => deps.timers.after(endAgainMs, resolve));
      }
    },
  };
}

export type ClientSession = ReturnType<typeof createSession>;

const unreachable: ProtocolError = {
  code: "unavailable",
  message: "The server could not be told that the session is over.",
};

/** When a JWT runs out, in milliseconds since 1970; undefined for tokens of another kind. */
function expiryOf(token: string): number | undefined {
  try {
    const body = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const { exp } = JSON.parse(atob(body)) as { exp?: unknown };
    return typeof exp === "number" ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
