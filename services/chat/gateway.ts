import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Server, Socket } from "socket.io";
import { createTokenBucket } from "../limits/index.ts";
import { createRounds, type Logger, type Rounds, type Tidying } from "../platform/index.ts";
import type { Presence } from "../presence/index.ts";
import { handshakeSchema, RequestError, type RequestName, requests, type UserId } from "../protocol/index.ts";
import type { Users } from "../users/index.ts";
import type { Arrivals } from "./arrivals.ts";
import { errorOf, type Handler, type Handlers, parseInput } from "./caller.ts";
import type { Audiences } from "./delivery/audience.ts";
import { type Connection, createConnection, type Request, type Surroundings } from "./delivery/connection.ts";
import { cutTransport } from "./delivery/engine.ts";
import type { Heartbeats } from "./delivery/heartbeats.ts";
import { networkOf } from "./http/address.ts";
import type { KeepUser } from "./kept-users.ts";
import type { LimitName } from "./observed.ts";
import type { Allowance } from "./requests/allowance.ts";
import { changesRoom, costOf, isLong } from "./requests/costs.ts";
import { createTurns } from "./requests/turns.ts";
import type { Sessions } from "./sessions.ts";
import { turnsARound } from "./upkeep.ts";
import type { Watches } from "./watches.ts";
import type { Preparation, Welcomes } from "./welcome.ts";

/** Sockets in, requests dispatched: what happens between a handshake and the end of a connection. */
export interface Gateway {
  readonly connections: Rounds<Connection>;
  /** Those who may not have read all that was written to them. */
  readonly behind: Set<Connection>;
  /** From now on new handshakes are turned away in a way that makes clients try another node. */
  refuse(): void;
}

interface Admission {
  readonly preparation: Preparation;
  readonly address: string;
  /** Only when the handshake registered a guest. */
  readonly token?: string;
}

const longAtOnce = 2;
/** A long answer is made only when no more than this waits for its reader. */
const unreadAtMost = 65_536;
const lookAgainMs = 20;
/** Whoever goes on asking while being refused is answered so many bursts long, and then cut. */
const refusedBursts = 50;

export function createGateway(deps: {
  io: Server;
  arrivals: Arrivals;
  heartbeats: Heartbeats;
  tidying: Tidying;
  sessions: Sessions;
  users: Users;
  welcomes: Welcomes;
  presence: Presence;
  audiences: Audiences;
  handlers: Handlers;
  watches: Watches;
  log: Logger;
  addressOf: (socket: Socket) => string;
  limits: {
    eventsPerSecond: number;
    eventsBurst: number;
    bufferedBytes: number;
  };
  onSlowReader: () => void;
  onJoined: (connection: Connection) => void;
  /** Counts a change of a room. Rejects when there are too many. */
  roomChange: (user: UserId) => Promise<void>;
  keepUser: KeepUser;
  onRefused: (code: string) => void;
  onLimit: (limit: LimitName) => void;
}): Gateway {
  const { io, log, presence, arrivals } = deps;
  const connections = createRounds<Connection>(turnsARound);
  const behind = new Set<Connection>();
  const admissions = new WeakMap<Socket, Admission>();
  let refusing = false;

  const surroundings: Surroundings = {
    heartbeats: deps.heartbeats,
    onRequest,
    onClosed,
    bufferedBytes: deps.limits.bufferedBytes,
    onCut({ id, user }, bytes) {
      log.warn({ connection: id, user: user.id, bytes }, "cut a client that does not read");
      deps.onSlowReader();
    },
    behind,
  };

  const bucket = (bursts: number) =>
    createTokenBucket(deps.limits.eventsPerSecond, deps.limits.eventsBurst * bursts, sinceStartMs);
  const onFault = (error: unknown) => log.error({ err: error }, "a request failed");

  io.use((socket, next) => {
    // Until `next` is called Socket.IO keeps a socket, also when its connection has long closed.
    if (!arrivals.mayTry(socket.conn)) {
      cutTransport(socket.conn);
      return next(new Error("cut"));
    }
    arrivals.admitting
      .take(() => admit(socket))
      .then(
        (admission) => {
          admissions.set(socket, admission);
          next();
        },
        (error: unknown) => {
          arrivals.failed(socket.conn);
          const reason = errorOf(error, onFault);
          deps.onRefused(reason.code);
          // A stock client stays away after a refusal; what a retry can mend closes the transport instead.
          if (reason.code === "unavailable") socket.conn.close();
          // Of a connection that has closed it is only forgotten.
          next(Object.assign(new Error(reason.message), { data: reason }));
        },
      );
  });

  async function admit(socket: Socket): Promise<Admission> {
    // Who has given up meanwhile is not worth the work.
    if (refusing || socket.conn.readyState !== "open")
      throw new RequestError("unavailable", "this node is going away");
    const address = deps.addressOf(socket);
    if (!arrivals.takePlace(socket.conn)) {
      throw new RequestError("rate_limited", "too many connections from your address; close some", {
        retryAfterMs: 60_000,
      });
    }
    const auth = parseInput(handshakeSchema, socket.handshake.auth);
    if ("token" in auth) {
      const preparation = deps.welcomes.prepare(await deps.sessions.verify(auth.token));
      // Who has signed out must not hold the name.
      await preparation.standing;
      await deps.users.hold(preparation.claims.user);
      return { preparation, address };
    }
    const { claims, session } = await deps.sessions.signIn(auth, networkOf(address), { here: true });
    return { preparation: deps.welcomes.prepare(claims), address, token: session.token };
  }

  io.on("connection", (socket) => {
    const admission = admissions.get(socket);
    if (!admission || refusing) return socket.conn.close();
    arrivals.settle(socket.conn);
    deps.tidying.came();
    const { preparation, address, token } = admission;
    const allowance: Allowance = { requests: bucket(1) };
    const connection = createConnection(
      socket,
      { id: randomBytes(8).toString("hex"), ...preparation.claims, address, allowance },
      surroundings,
    );
    connections.add(connection);
    deps.onJoined(connection);
    const welcomed = arrivals.welcoming.take(() => deps.welcomes.greet(connection, preparation, token));
    allowance.welcomed = welcomed;
    const onWelcomed = () => {
      allowance.welcomed = undefined;
    };
    welcomed.then(onWelcomed, (error: unknown) => {
      const reason = errorOf(error, onFault);
      log.warn(
        {
          connection: connection.id,
          user: connection.user.id,
          reason: reason.code,
        },
        "could not be welcomed",
      );
      if (!connection.open) return;
      if (reason.code === "unavailable" || reason.code === "internal") connection.closeTransport();
      else connection.end(reason);
    });
  });

  function onRequest(connection: Connection, { event, payload, answer }: Request): void {
    deps.tidying.served();
    const { allowance } = connection;
    const waitMs = allowance.requests.take();
    if (waitMs > 0) {
      deps.onLimit("requests");
      allowance.refusals ??= bucket(refusedBursts);
      if (allowance.refusals.take() > 0) {
        deps.onLimit("flood");
        connection.cut();
      } else answer({ ok: false, error: tooManyRequests(waitMs).toJSON() });
      return;
    }
    dispatch(event, payload, connection).then(
      (result) => answer({ ok: true, ...result }),
      (error: unknown) => answer({ ok: false, error: errorOf(error, onFault) }),
    );
  }

  function onClosed(connection: Connection, reason: string, cause?: Error): void {
    const { id, user, address } = connection;
    connections.delete(connection);
    behind.delete(connection);
    arrivals.left(address, cause);
    deps.watches.stop(connection);
    for (const room of connection.rooms)
      deps.audiences.present({ kind: "room", id: room })?.detach(connection);
    deps.audiences.present({ kind: "user", id: user.id })?.detach(connection);
    presence.leave(id);
    deps.keepUser(user).catch((error: unknown) => {
      // Without Redis nothing is said about the others either: it is done with the next visit.
      if (!(error instanceof RequestError)) onFault(error);
    });
    log.info({ connection: id, user: user.id, reason }, "disconnected");
  }

  async function dispatch(event: unknown, payload: unknown, connection: Connection): Promise<object> {
    const { allowance } = connection;
    if (!isRequest(event)) {
      const known = Object.keys(requests).join(", ");
      throw new RequestError(
        "invalid",
        `there is no request ${JSON.stringify(String(event).slice(0, 64))}; there are ${known}`,
      );
    }
    const input = parseInput(requests[event].payload, payload);
    // The map's types tie handler and cost to the input, which the compiler cannot follow through a variable name.
    const waitMs = allowance.requests.take(costOf(event, input as never) - 1);
    if (waitMs > 0) {
      deps.onLimit("requests");
      throw tooManyRequests(waitMs);
    }
    if (allowance.welcomed) await allowance.welcomed;
    if (changesRoom(event)) await deps.roomChange(connection.user.id);
    const work = () => (deps.handlers[event] as Handler<RequestName>)(connection, input as never);
    if (!isLong(event)) return work();
    allowance.long ??= createTurns(longAtOnce);
    return allowance.long.take(async () => {
      while (connection.open && connection.buffered() > unreadAtMost) await delay(lookAgainMs);
      if (!connection.open) throw new RequestError("unavailable", "the connection has closed meanwhile");
      return work();
    });
  }

  return {
    connections,
    behind,
    refuse() {
      refusing = true;
    },
  };
}

const sinceStartMs = () => performance.now();

function tooManyRequests(retryAfterMs: number): RequestError {
  return new RequestError("rate_limited", "too many requests on this connection", { retryAfterMs });
}

function isRequest(event: unknown): event is RequestName {
  return typeof event === "string" && Object.hasOwn(requests, event);
}
