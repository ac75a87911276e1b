import { timingSafeEqual } from "node:crypto";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import helmet from "helmet";
import sirv from "sirv";
import { createBucketPerKey, type Rate } from "../../limits/index.ts";
import type { Messages } from "../../messages/index.ts";
import { answerHealth, type Health, type Metrics } from "../../platform/index.ts";
import type { Presence } from "../../presence/index.ts";
import {
  type ClusterReport,
  clusterQuerySchema,
  errorCatalogue,
  grantSchema,
  idempotencyKeySchema,
  messagesQuerySchema,
  postMessageSchema,
  RequestError,
  roomIdSchema,
  signInSchema,
  usersQuerySchema,
} from "../../protocol/index.ts";
import type { Moderation } from "../../rooms/index.ts";
import type { SessionClaims } from "../../users/index.ts";
import { errorOf, parseInput } from "../caller.ts";
import type { FindUser } from "../find-user.ts";
import type { LimitName } from "../observed.ts";
import type { SendMessage } from "../requests/messages.ts";
import type { Sessions } from "../sessions.ts";
import { addressOf, networkOf, type TrustProxy } from "./address.ts";
import { openApiDocument } from "./openapi.ts";
import type { OriginCheck } from "./origins.ts";

export interface HttpDeps {
  sessions: Sessions;
  messages: Messages;
  send: SendMessage;
  presence: Presence;
  moderation: Moderation;
  findUser: FindUser;
  health: Health;
  metrics: Metrics;
  originAllowed: OriginCheck;
  adminToken: string;
  trustProxy: readonly string[];
  webRoot: string;
  bodyBytes: number;
  /** Of requests to the API from one address. */
  limits: Rate;
  onLimit: (limit: LimitName) => void;
  version: string;
  redisReport: () => Promise<ClusterReport["redis"]>;
  onFault: (error: unknown) => void;
}

/** The HTTP side of a chat node: health, API, and the web client. */
export function createApp(deps: HttpDeps): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("trust proxy", deps.trustProxy.length === 0 ? false : [...deps.trustProxy]);
  app.use((request, response, next) => {
    if (request.method !== "GET" || !answerHealth(request.path, deps.health, deps.metrics, response)) next();
  });
  app.use(securityHeaders());
  app.use("/api", crossOrigin(deps.originAllowed), api(deps, app));
  app.get(
    /^/,
    sirv(deps.webRoot, {
      etag: true,
      // Addresses inside the page (/r/<room>) are the page's own; files are not.
      single: true,
      ignores: [/^\/(api|socket\.io)(\/|$)/, /\.[a-z0-9]+$/i],
      setHeaders(response, path) {
        const immutable = path.startsWith("/assets/");
        response.setHeader("cache-control", immutable ? "public, max-age=31536000, immutable" : "no-cache");
      },
    }),
  );
  app.use((request, response) => {
    sendError(response, new RequestError("not_found", `there is nothing at ${request.path}`), deps.onFault);
  });
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    sendError(response, asHttpError(error, deps.bodyBytes), deps.onFault);
  });
  return app;
}

/** What the trust setting of Express decides, for requests that do not pass through Express. */
export function trustOf(app: Express): TrustProxy {
  return app.get("trust proxy fn") as TrustProxy;
}

function securityHeaders() {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", "data:"],
        connectSrc: ["'self'"],
        fontSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // Whether there is TLS is known to the proxy that ends it, not here.
    strictTransportSecurity: false,
    xFrameOptions: { action: "deny" },
    referrerPolicy: { policy: "no-referrer" },
  });
}

/** Lets pages of allowed origins call the API; those of others are told no, and nothing is done. */
function crossOrigin(allowed: OriginCheck) {
  return (request: Request, response: Response, next: NextFunction) => {
    if (!allowed(request)) {
      throw new RequestError(
        "forbidden",
        "pages of this origin may not call this server; see ALLOWED_ORIGINS",
      );
    }
    const { origin } = request.headers;
    response.setHeader("vary", "origin");
    if (origin !== undefined) {
      response.setHeader("access-control-allow-origin", origin);
      response.setHeader("access-control-allow-headers", "authorization, content-type, idempotency-key");
      response.setHeader("access-control-allow-methods", "GET, POST, DELETE");
      response.setHeader("access-control-max-age", "600");
    }
    if (request.method === "OPTIONS") response.status(204).end();
    else next();
  };
}

function api(deps: HttpDeps, app: Express) {
  const router = express.Router();
  router.use((_request, response, next) => {
    response.setHeader("cache-control", "no-store");
    next();
  });
  const { perSecond, burst } = deps.limits;
  const asked = createBucketPerKey(perSecond, burst, () => performance.now());
  router.use((request, _response, next) => {
    const retryAfterMs = asked.take(networkOf(addressOf(request, trustOf(app))));
    if (retryAfterMs > 0) {
      deps.onLimit("api");
      throw new RequestError("rate_limited", "too many requests from your address", { retryAfterMs });
    }
    next();
  });
  router.use(express.json({ limit: deps.bodyBytes, strict: true }));

  const signedIn = (request: Request): Promise<SessionClaims> => {
    const token = bearer(request);
    if (token === undefined) {
      throw new RequestError(
        "unauthorized",
        "sign in first: send the session token as 'authorization: Bearer …'",
      );
    }
    return deps.sessions.authenticate(token);
  };

  router.get("/openapi.json", (_request, response) => {
    response.json(openApiDocument(deps.version));
  });
  router.post("/session", async (request, response) => {
    const guest = parseInput(signInSchema, request.body);
    const { session } = await deps.sessions.signIn(guest, networkOf(addressOf(request, trustOf(app))));
    response.status(201).json(session);
  });
  router.post("/session/renew", async (request, response) => {
    response.json(await deps.sessions.renew(await signedIn(request)));
  });
  router.delete("/session", async (request, response) => {
    await deps.sessions.signOut(await signedIn(request));
    response.status(204).end();
  });
  router.get("/users", async (request, response) => {
    await signedIn(request);
    const { query, cursor, limit } = parseInput(usersQuerySchema, request.query);
    response.json(
      await deps.presence.list({
        limit,
        ...(query === undefined ? {} : { query }),
        ...(cursor === undefined ? {} : { cursor }),
      }),
    );
  });
  router.get("/rooms/:id/messages", async (request, response) => {
    const { user } = await signedIn(request);
    const room = parseRoom(request);
    const page = parseInput(messagesQuerySchema, request.query);
    response.json(await deps.messages.history(user.id, { room, ...page }));
  });
  router.post("/rooms/:id/messages", async (request, response) => {
    const { user } = await signedIn(request);
    const room = parseRoom(request);
    const key = request.headers["idempotency-key"];
    if (key === undefined) {
      throw new RequestError("invalid", "Idempotency-Key must hold a UUID that names the message", {
        field: "Idempotency-Key",
      });
    }
    const id = parseField("Idempotency-Key", () => parseInput(idempotencyKeySchema, key));
    const message = parseInput(postMessageSchema, request.body);
    const answer = await deps.send(user, { ...message, room, id });
    response.status(answer.duplicate ? 200 : 201).json(answer);
  });
  router.post("/rooms/:id/roles", async (request, response) => {
    requireAdministrator(request, deps.adminToken);
    const room = parseRoom(request);
    const { to, role } = parseInput(grantSchema, request.body);
    const user = await deps.findUser(to);
    const person = { id: user.id, name: user.name };
    await deps.moderation.setRole({ by: "administrator", room }, person, role);
    response.json({ user });
  });
  router.get("/cluster", async (request, response) => {
    requireAdministrator(request, deps.adminToken);
    const { cursor } = parseInput(clusterQuerySchema, request.query);
    const [report, redis] = await Promise.all([deps.presence.report(cursor), deps.redisReport()]);
    const { leader, nodes, users } = report;
    response.json({
      nodes,
      presence: leader,
      redis,
      users,
      ...(report.cursor === undefined ? {} : { cursor: report.cursor }),
    });
  });
  return router;
}

function parseRoom(request: Request) {
  return parseField("room", () => parseInput(roomIdSchema, request.params.id));
}

function parseField<T>(field: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    throw new RequestError(error.code, `${field}: ${error.message.replace(/^the request /, "")}`, { field });
  }
}

function bearer(request: Request): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
}

function requireAdministrator(request: Request, adminToken: string): void {
  if (adminToken === "") {
    throw new RequestError(
      "forbidden",
      "administration is off; start the nodes with ADMIN_TOKEN to turn it on",
    );
  }
  const given = Buffer.from(bearer(request) ?? "");
  const right = Buffer.from(adminToken);
  if (given.length !== right.length || !timingSafeEqual(given, right)) {
    throw new RequestError(
      "unauthorized",
      "this needs the administrator's token as 'authorization: Bearer …'",
    );
  }
}

/** Faults that Express finds itself, in the words of the protocol. */
function asHttpError(error: unknown, bodyBytes: number): unknown {
  const { type, status } = error as { type?: string; status?: number };
  if (type === "entity.too.large") {
    return new RequestError("too_large", `the request body may have at most ${bodyBytes} bytes`);
  }
  if (type === "entity.parse.failed")
    return new RequestError("invalid", "the request body must be a JSON object");
  if (status !== undefined && status >= 400 && status < 500) {
    return new RequestError("invalid", "the request is malformed");
  }
  return error;
}

function sendError(response: Response, error: unknown, onFault: (error: unknown) => void): void {
  const reason = errorOf(error, onFault);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (reason.retryAfterMs !== undefined) {
    response.setHeader("retry-after", String(Math.ceil(reason.retryAfterMs / 1_000)));
  }
  response.status(errorCatalogue[reason.code].status).json({ error: reason });
}
