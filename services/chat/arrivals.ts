import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server } from "socket.io";
import { createBucketPerKey } from "../limits/index.ts";
import { bytesWaiting, cutAfterFarewell, cutTransport, type Transport } from "./delivery/engine.ts";
import { noteHandshake } from "./delivery/handshake.ts";
import { networkOf } from "./http/address.ts";
import type { LimitName } from "./observed.ts";
import { createTurns, type Turns } from "./requests/turns.ts";

/** Connections before they have said who they are: how many there may be, from where, how fast, and for how long. */
export interface Arrivals {
  /** Counts an attempt to sign in; false: one is under way or has succeeded, or there were too many. */
  mayTry(transport: Transport): boolean;
  /** Takes one of the places that its address has, until the connection closes; false: there is none. */
  takePlace(transport: Transport): boolean;
  /** This attempt has failed; another one may follow. */
  failed(transport: Transport): void;
  /** Those who are let in, and those who were and are welcomed, take turns. */
  readonly admitting: Turns;
  readonly welcoming: Turns;
  /** Signed in: may take its time from now on. Whoever says so says when it has closed as well. */
  settle(transport: Transport): void;
  /** A connection from this address that was settled has closed. */
  left(address: string, cause?: Error): void;
  /** How many there are, signed in or not. */
  readonly count: number;
  stop(): void;
}

/** The query as Engine.IO has read it: what it takes for a session that is there must be one here as well, and nothing else. */
type EngineRequest = IncomingMessage & { readonly _query: { readonly sid?: string } };

interface Arrival {
  readonly network: string;
  attempts: number;
  trying: boolean;
  /** Its time was over while it waited for us. */
  late: boolean;
  hasPlace: boolean;
}

const attemptsAtMost = 5;
/** What is written to somebody who has not signed in fits into a packet or two. */
const waitingBytesAtMost = 65_536;
const sweepEveryMs = 1_000;
/**
 * When thousands come back in one moment, all of them at once would keep the event loop from everything else: from those
 * who are there, and from the balancer's check, which would take the node for dead and cut everybody again. The loop
 * accepts one TCP connection a turn, so turns must be short while more come.
 */
const atOnce = { crowded: 8, otherwise: 16 };
const crowdedForMs = 50;
/**
 * Who comes when so many wait, or somebody has waited so long, would give up before it is their turn: better to come again
 * later. Up to then they wait here: a handshake that is turned away costs node, balancer and client about as much as waiting,
 * and then another one.
 */
const waitingAtMost = { count: 500, ms: 2_000 };
/** An address may open as many as it may have several times over, so that all are back at once after a fault, and then as many every ten seconds. */
const openedAtOnce = 4;
const openedWithinSeconds = 10;

export function createArrivals(deps: {
  io: Server;
  addressOf: (request: IncomingMessage) => string;
  draining: () => boolean;
  /** 0: no limit, each. */
  limits: { connections: number; perAddress: number; authSeconds: number };
  onLimit: (limit: LimitName) => void;
}): Arrivals {
  const { io, limits, onLimit } = deps;
  const arrivals = new WeakMap<Transport, Arrival>();
  const waiting = new Set<Transport>();
  const waitingFrom = createCount();
  const placesOf = createCount();
  const opened = createBucketPerKey(
    limits.perAddress / openedWithinSeconds,
    limits.perAddress * openedAtOnce,
    () => performance.now(),
  );

  let settled = 0;
  const count = () => waiting.size + settled;
  let latestMs = Number.NEGATIVE_INFINITY;
  const places = () => (performance.now() - latestMs < crowdedForMs ? atOnce.crowded : atOnce.otherwise);
  const [admitting, welcoming] = [createTurns(places), createTurns(places)];

  // The cookie of a browser that polls names this node. On 503 the balancer tries another one, whatever the cookie says;
  // a handshake that was let in would be closed, and the browser would be back here until this node is gone or has room.
  io.engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    noteHandshake(request);
    const opens = !(request as EngineRequest)._query.sid;
    if (opens && deps.draining()) return turnAway(request, response, 503);
    if (opens && limits.connections > 0 && count() >= limits.connections) {
      onLimit("connections");
      return turnAway(request, response, 503);
    }
    if (opens && [admitting, welcoming].some(isLong)) {
      onLimit("arrivals");
      return turnAway(request, response, 429);
    }
    // A poll of a session that is there costs nothing new; a WebSocket does, also one that takes its place.
    if (!opens && request.headers.upgrade === undefined) return next();
    const network = networkOf(deps.addressOf(request));
    if (opened.take(network) > 0) {
      onLimit("connections_opened");
      return turnAway(request, response, 429);
    }
    if (limits.perAddress > 0 && waitingFrom.of(network) >= limits.perAddress) {
      onLimit("connections_waiting");
      return turnAway(request, response, 429);
    }
    next();
  });

  io.engine.on("connection", (transport: Transport) => {
    latestMs = performance.now();
    const network = networkOf(deps.addressOf(transport.request));
    const arrival: Arrival = { network, attempts: 0, trying: false, late: false, hasPlace: false };
    arrivals.set(transport, arrival);
    waiting.add(transport);
    waitingFrom.add(network);
    if (limits.authSeconds > 0) {
      const timer = setTimeout(() => {
        if (!waiting.has(transport)) return;
        // Who has said who they are and waits for an answer has done their part.
        if (arrival.trying) arrival.late = true;
        else cutLate(transport);
      }, limits.authSeconds * 1_000);
      timer.unref();
    }
    transport.once("close", (_reason: string, cause?: Error) => {
      if (!waiting.delete(transport)) return;
      waitingFrom.remove(network);
      if (arrival.hasPlace) placesOf.remove(network);
      noteSize(cause);
      cutAfterFarewell({ cut: () => cutTransport(transport) });
    });
  });

  function noteSize(cause: Error | undefined): void {
    // Engine.IO keeps nothing but the words of the error.
    if (cause?.message.includes("Max payload size exceeded")) onLimit("frame_bytes");
  }

  const sweep = setInterval(() => {
    for (const transport of waiting) {
      if (bytesWaiting(transport) <= waitingBytesAtMost) continue;
      onLimit("buffered_bytes");
      cutTransport(transport);
    }
  }, sweepEveryMs);

  function cutLate(transport: Transport): void {
    onLimit("auth_seconds");
    cutTransport(transport);
  }

  return {
    mayTry(transport) {
      const arrival = arrivals.get(transport);
      if (!arrival || arrival.trying || !waiting.has(transport)) return false;
      arrival.attempts += 1;
      arrival.trying = true;
      return arrival.attempts <= attemptsAtMost;
    },
    takePlace(transport) {
      const arrival = arrivals.get(transport);
      if (!arrival || arrival.hasPlace) return arrival !== undefined;
      if (limits.perAddress > 0 && placesOf.of(arrival.network) >= limits.perAddress) {
        onLimit("connections_per_address");
        return false;
      }
      arrival.hasPlace = transport.readyState === "open";
      if (arrival.hasPlace) placesOf.add(arrival.network);
      return arrival.hasPlace;
    },
    failed(transport) {
      const arrival = arrivals.get(transport);
      if (!arrival) return;
      arrival.trying = false;
      if (arrival.late) cutLate(transport);
    },
    admitting,
    welcoming,
    settle(transport) {
      const arrival = arrivals.get(transport);
      if (!arrival || !waiting.delete(transport)) return;
      waitingFrom.remove(arrival.network);
      settled += 1;
    },
    left(address, cause) {
      settled -= 1;
      placesOf.remove(networkOf(address));
      noteSize(cause);
    },
    get count() {
      return count();
    },
    stop() {
      clearInterval(sweep);
    },
  };
}

const reasons = { 429: "Too Many Requests", 503: "Service Unavailable" };

/** Answers a handshake before there is a connection. Engine.IO hands an upgrade a response that writes nothing. */
function turnAway(request: IncomingMessage, response: ServerResponse, status: 429 | 503): void {
  if (request.headers.upgrade === undefined) {
    response.writeHead(status, { connection: "close", "retry-after": "5" });
    response.end();
    return;
  }
  const head = [`HTTP/1.1 ${status} ${reasons[status]}`, "connection: close", "content-length: 0"];
  request.socket.end(`${head.join("\r\n")}\r\n\r\n`);
  request.socket.destroySoon();
}

function isLong({ waiting, waitMs }: Turns): boolean {
  return waiting >= waitingAtMost.count || waitMs > waitingAtMost.ms;
}

/** How many there are of each. */
function createCount() {
  const counts = new Map<string, number>();
  return {
    of: (key: string) => counts.get(key) ?? 0,
    add: (key: string) => void counts.set(key, (counts.get(key) ?? 0) + 1),
    remove(key: string) {
      const left = (counts.get(key) ?? 1) - 1;
      if (left === 0) counts.delete(key);
      else counts.set(key, left);
    },
  };
}
