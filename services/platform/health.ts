import type { IncomingMessage, ServerResponse } from "node:http";
import type { Metrics } from "./metrics.ts";

/** Whether a process can do its work. */
export interface Health {
  /** Adds something that must be there; the answer is undefined when it is, else why not, in a few words. */
  require(name: string, check: () => string | undefined): void;
  /** What is missing, by name; empty: ready. */
  missing(): Record<string, string>;
  /** From now on the process is going away, whatever else is well. */
  drain(): void;
  readonly draining: boolean;
}

export function createHealth(): Health {
  const checks = new Map<string, () => string | undefined>();
  let draining = false;
  return {
    require(name, check) {
      checks.set(name, check);
    },
    missing() {
      const missing: Record<string, string> = draining ? { process: "is going away" } : {};
      for (const [name, check] of checks) {
        const reason = check();
        if (reason !== undefined) missing[name] = reason;
      }
      return missing;
    },
    drain() {
      draining = true;
    },
    get draining() {
      return draining;
    },
  };
}

/**
 * Answers `/healthz`, `/readyz`, `/lb` and `/metrics`; false when the path is none of these. `/lb` stays 200 while
 * Redis is away: taking every node out of rotation would replace the page by the balancer's own error.
 */
export function answerHealth(
  path: string,
  health: Health,
  metrics: Metrics,
  response: ServerResponse<IncomingMessage>,
): boolean {
  const json = (status: number, body: unknown) => {
    response.writeHead(status, {
      "content-type": "application/json",
      "cache-control": "no-store",
    });
    response.end(JSON.stringify(body));
  };
  switch (path) {
    case "/healthz":
      json(200, { ok: true });
      return true;
    case "/readyz": {
      const missing = health.missing();
      const ok = Object.keys(missing).length === 0;
      json(ok ? 200 : 503, ok ? { ok } : { ok, missing });
      return true;
    }
    case "/lb":
      json(health.draining ? 404 : 200, { ok: !health.draining });
      return true;
    case "/metrics":
      metrics
        .render()
        .then((text) => {
          response.writeHead(200, { "content-type": metrics.contentType });
          response.end(text);
        })
        .catch(() => json(500, { ok: false }));
      return true;
    default:
      return false;
  }
}
