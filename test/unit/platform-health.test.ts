import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { answerHealth, createHealth, createMetrics } from "../../services/platform/index.ts";

async function serve() {
  const health = createHealth();
  const metrics = createMetrics({ service: "test", id: "test-1" });
  const server = createServer((request, response) => {
    if (!answerHealth(request.url ?? "", health, metrics, response)) response.writeHead(418).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, headers: response.headers, body: await response.text() };
  };
  const json = async (path: string) => {
    const { status, body } = await get(path);
    return { status, body: JSON.parse(body) as unknown };
  };
  return { health, metrics, get, json };
}

describe("a process", () => {
  it("lives, whatever is missing", async () => {
    const { health, json } = await serve();
    health.require("redis", () => "cannot be reached");
    health.drain();
    expect(await json("/healthz")).toEqual({ status: 200, body: { ok: true } });
  });

  it("is ready when nothing is missing, and else says what", async () => {
    const { health, json } = await serve();
    expect(await json("/readyz")).toEqual({ status: 200, body: { ok: true } });
    let redis: string | undefined = "cannot be reached";
    health.require("redis", () => redis);
    health.require("presence", () => undefined);
    const missing = { redis: "cannot be reached" };
    expect(await json("/readyz")).toEqual({ status: 503, body: { ok: false, missing } });
    redis = undefined;
    expect(await json("/readyz")).toEqual({ status: 200, body: { ok: true } });
  });

  it("stays with the balancer while Redis is away, and leaves it when it drains", async () => {
    const { health, json } = await serve();
    health.require("redis", () => "cannot be reached");
    expect(await json("/lb")).toEqual({ status: 200, body: { ok: true } });
    health.drain();
    expect(health.draining).toBe(true);
    expect(await json("/lb")).toEqual({ status: 404, body: { ok: false } });
    const missing = { process: "is going away", redis: "cannot be reached" };
    expect(await json("/readyz")).toEqual({ status: 503, body: { ok: false, missing } });
  });

  it("is asked anew each time", async () => {
    const { get } = await serve();
    for (const path of ["/healthz", "/readyz", "/lb"]) {
      expect((await get(path)).headers.get("cache-control")).toBe("no-store");
    }
  });

  it("leaves other paths to others", async () => {
    const { get } = await serve();
    for (const path of ["/", "/healthz/", "/readyz2", "/api/users"])
      expect((await get(path)).status).toBe(418);
  });
});

describe("metrics", () => {
  it("are told in the form of Prometheus, with service and node", async () => {
    const { metrics, get } = await serve();
    const sent = metrics.counter("parley_test_total", "Things");
    sent.inc();
    sent.inc(4);
    let level = 3;
    metrics.gauge("parley_test_level", "Level", () => level);
    metrics.histogram("parley_test_seconds", "Seconds", [0.1, 1]).observe(0.5);
    expect(sent.value()).toBe(5);
    level = 7;
    const { status, headers, body } = await get("/metrics");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toContain("text/plain");
    expect(body).toContain('parley_test_total{service="test",node="test-1"} 5');
    expect(body).toContain('parley_test_level{service="test",node="test-1"} 7');
    expect(body).toMatch(/parley_test_seconds_bucket\{[^}]*le="1"[^}]*\} 1/);
    expect(body).toContain("process_cpu_seconds_total");
  });

  it("of two processes do not mix", async () => {
    const one = await serve();
    const two = await serve();
    one.metrics.counter("parley_same_total", "Same").inc();
    two.metrics.counter("parley_same_total", "Same").inc(2);
    expect((await two.get("/metrics")).body).toMatch(/parley_same_total\{.*\} 2/);
  });

  it("that cannot be read are an error, not the end", async () => {
    const { metrics, get } = await serve();
    metrics.gauge("parley_broken", "Broken", () => {
      throw new Error("broken");
    });
    expect((await get("/metrics")).status).toBe(500);
    expect((await get("/healthz")).status).toBe(200);
  });
});

it("tells how late its event loop is, once, in its own words", async () => {
  const { get } = await serve();
  const shown = async () => (await get("/metrics")).body;
  const delay = async () => Number(/^parley_event_loop_delay_seconds\{.*\} (\S+)$/m.exec(await shown())?.[1]);
  const holdUp = () => {
    const untilMs = performance.now() + 250;
    while (performance.now() < untilMs);
  };
  const noticed = async () => {
    holdUp();
    await setTimeout(50);
    return delay();
  };
  await expect.poll(noticed, { timeout: 10_000, interval: 100 }).toBeGreaterThan(0.05);
  expect(await shown()).not.toContain("nodejs_eventloop_lag");
});
