import type {
  NoticeName,
  NoticePayload,
  ProtocolError,
  RequestAnswer,
  RequestName,
  RequestPayload,
} from "../../services/protocol/index.ts";
import { isTemporary } from "./client-error.ts";
import type { ConnectionState } from "./contract.ts";
import type { ClientSession } from "./session.ts";
import type { SocketFactory } from "./socket.ts";
import type { Timers } from "./timers.ts";

type NoticeHandlers = {
  [N in NoticeName]: (payload: NoticePayload<N>) => void;
};

/** Called exactly once, in the same turn as the answer arrives: what follows on the wire is handled after it. */
export type Answered<R extends RequestName> = (
  reply: { ok: true; answer: RequestAnswer<R> } | { ok: false; error: ProtocolError },
) => void;

export interface ConnectionDeps {
  url: string;
  session: ClientSession;
  openSocket: SocketFactory;
  now: () => number;
  random: () => number;
  timers: Timers;
  /** Told of every notice, in the order of the wire. */
  handlers: NoticeHandlers;
  /** Right after the requests of a lost connection were answered with `unavailable`. */
  onState: (state: ConnectionState, error?: ProtocolError) => void;
}

const firstRetryMs = 500;
const longestRetryMs = 5_000;
const welcomeTimeoutMs = 10_000;
const answerTimeoutMs = 10_000;
/** A second recovery this soon after the first means that recovering does not help. */
const recoveryRestMs = 60_000;

const notConnected: ProtocolError = {
  code: "unavailable",
  message: "There is no connection to the server right now.",
};
const noAnswer: ProtocolError = {
  code: "unavailable",
  message: "The server did not answer in time.",
};
const sessionOver: ProtocolError = {
  code: "unauthorized",
  message: "The session has ended. Sign in again.",
};

/**
 * Milliseconds until the next attempt: the first within half a second, doubling up to five seconds, always spread at
 * random so that the clients of a dead node do not come back in one moment.
 */
export function retryDelayMs(failures: number, random: number): number {
  if (failures <= 0) return random * firstRetryMs;
  const ceiling = Math.min(longestRetryMs, firstRetryMs * 2 ** failures);
  return ceiling * (0.5 + 0.5 * random);
}

/** One socket, and what concerns it alone. */
interface Line {
  readonly socket: ReturnType<SocketFactory>;
  /** The token of its latest handshake; undefined if that went by name and key. */
  presented: string | undefined;
  endedBecause: ProtocolError | undefined;
  cancelWelcome: (() => void) | undefined;
  /** A disconnect that we cause is no news. */
  leaving: boolean;
}

/**
 * Keeps one connection to whatever node answers, and matches answers to requests. Away from a node that drains it goes
 * only when another one has welcomed it: until then the old connection is as good as ever.
 */
export function createConnection(deps: ConnectionDeps) {
  const { session, timers } = deps;
  const pending = new Set<(error: ProtocolError) => void>();
  let state: ConnectionState = "connecting";
  let started = false;
  let failures = 0;
  let lastRecoveryMs: number | undefined;
  let cancelRetry: (() => void) | undefined;
  let cancelMove: (() => void) | undefined;
  let current = createLine();
  /** On its way to take the place of the current one, whose node drains. */
  let next: Line | undefined;

  function become(now: ConnectionState, error?: ProtocolError) {
    if (state === now && error === undefined) return;
    state = now;
    deps.onState(now, error);
  }

  function open() {
    if (state === "ended") return;
    cancelRetry?.();
    connect(current);
  }

  function connect(line: Line) {
    line.cancelWelcome?.();
    line.endedBecause = undefined;
    line.cancelWelcome = timers.after(welcomeTimeoutMs, () => {
      hangUp(line);
      if (line === next) moveLater();
      else lost(noAnswer);
    });
    line.socket.connect();
  }

  /** Closes without telling anybody. */
  function hangUp(line: Line) {
    line.cancelWelcome?.();
    line.leaving = true;
    line.socket.disconnect();
    line.leaving = false;
  }

  function drop() {
    stayHere();
    hangUp(current);
    rejectPending();
  }

  function rejectPending() {
    for (const reject of [...pending]) reject(notConnected);
  }

  function lost(error?: ProtocolError) {
    if (state === "ended") return;
    current.cancelWelcome?.();
    cancelRetry?.();
    rejectPending();
    if (next !== undefined) {
      // The other one is under way already.
      current = next;
      next = undefined;
      become("connecting");
      return;
    }
    stayHere();
    const delayMs = Math.max(retryDelayMs(failures, deps.random()), error?.retryAfterMs ?? 0);
    failures += 1;
    cancelRetry = timers.after(delayMs, open);
    if (state !== "offline") become("offline", error);
  }

  /** Looks for another node while this one still serves. */
  function move() {
    next = createLine();
    connect(next);
  }

  function moveLater() {
    stayHere();
    cancelMove = timers.after(retryDelayMs(0, deps.random()), move);
  }

  function stayHere() {
    cancelMove?.();
    if (next !== undefined) hangUp(next);
    next = undefined;
  }

  /** What the old one was asked and has not answered is asked again by whoever wants it answered. */
  function moved(line: Line) {
    const old = current;
    current = line;
    next = undefined;
    hangUp(old);
    rejectPending();
    become("connecting");
  }

  function end(error: ProtocolError | undefined) {
    cancelRetry?.();
    drop();
    become("ended", error);
  }

  /** The server will not have this session: whatever can still be done about that is done once. */
  async function recover({ presented }: Line, error: ProtocolError, revoked: boolean) {
    rejectPending();
    stayHere();
    become("connecting");
    // Renewed while this connection was up: it was only cut because its own token ran out.
    if (session.token !== undefined && session.token !== presented) return open();
    const nowMs = deps.now();
    if (lastRecoveryMs !== undefined && nowMs - lastRecoveryMs < recoveryRestMs) return end(error);
    const renewal = await session.renew();
    if (state === "ended") return;
    if (renewal === "unreachable") return lost(error);
    lastRecoveryMs = nowMs;
    if (renewal === "renewed") return open();
    if (!session.canSignInAgain || presented === undefined || revoked) return end(error);
    session.forgetToken();
    open();
  }

  function createLine(): Line {
    const line: Line = {
      socket: deps.openSocket(deps.url, () => {
        line.presented = session.token;
        return session.credentials();
      }),
      presented: undefined,
      endedBecause: undefined,
      cancelWelcome: undefined,
      leaving: false,
    };
    const { socket } = line;

    function listen<N extends NoticeName>(name: N) {
      socket.on(name, (payload) => {
        if (line === current) deps.handlers[name](payload as NoticePayload<N>);
      });
    }
    for (const name of Object.keys(deps.handlers) as NoticeName[]) if (name !== "welcome") listen(name);

    socket.on("welcome", (payload) => {
      if (line === next) moved(line);
      if (line !== current) return;
      const welcome = payload as NoticePayload<"welcome">;
      line.cancelWelcome?.();
      failures = 0;
      session.welcomed(welcome.serverTime, welcome.token);
      line.presented = session.token;
      state = "online";
      deps.handlers.welcome(welcome);
      deps.onState("online");
    });
    socket.on("session:ended", (payload) => {
      line.endedBecause = payload as ProtocolError;
    });
    socket.on("server:draining", (payload) => {
      if (line !== current) return;
      const { reconnectInMs } = payload as NoticePayload<"server:draining">;
      stayHere();
      // In the first half, so that there is time to be welcomed before the node closes.
      cancelMove = timers.after(deps.random() * 0.5 * reconnectInMs, move);
    });
    socket.on("connect_error", (failure) => {
      line.cancelWelcome?.();
      if (line === next) return moveLater();
      if (line !== current) return;
      const error = (failure as { data?: ProtocolError }).data;
      if (error?.code === undefined) lost();
      else if (isTemporary(error)) lost(error);
      else if (error.code === "unauthorized" && line.presented !== undefined)
        void recover(line, error, false);
      else end(error);
    });
    socket.on("disconnect", (reason) => {
      if (line.leaving || state === "ended") return;
      line.cancelWelcome?.();
      if (line === next) return moveLater();
      if (line !== current) return;
      if (reason !== "io server disconnect") return lost();
      // Signed out by this person, here or elsewhere: signing in again by itself would undo that.
      const revoked = line.endedBecause !== undefined && !session.isExpired();
      void recover(line, line.endedBecause ?? sessionOver, revoked);
    });
    return line;
  }

  return {
    get state() {
      return state;
    },
    open() {
      if (started) return;
      started = true;
      open();
    },
    /** Tries at once instead of when the next attempt is due. */
    hurry() {
      if (state !== "offline") return;
      failures = 0;
      open();
    },
    /** Leaves this connection for a new one. */
    reopen() {
      if (state === "ended") return;
      drop();
      lost();
    },
    close: () => end(undefined),
    ask<R extends RequestName>(name: R, payload: RequestPayload<R>, answered: Answered<R>) {
      if (state !== "online") return answered({ ok: false, error: notConnected });
      const settle: Answered<R> = (reply) => {
        if (!pending.delete(reject)) return;
        cancelTimeout();
        answered(reply);
      };
      const reject = (error: ProtocolError) => settle({ ok: false, error });
      const cancelTimeout = timers.after(answerTimeoutMs, () => reject(noAnswer));
      pending.add(reject);
      current.socket.emit(name, payload, (raw) => {
        const reply = raw as ({ ok: true } & RequestAnswer<R>) | { ok: false; error: ProtocolError };
        settle(reply.ok ? { ok: true, answer: reply } : reply);
      });
    },
  };
}

export type Connection = ReturnType<typeof createConnection>;
