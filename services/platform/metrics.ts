import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What a process counts, in Prometheus' terms. One registry a process; features make their own series in it. */
export interface Metrics {
  counter(name: string, help: string): { inc(by?: number): void; value(): number };
  /** One counter for each value of a label. The values that can come are named, so that each is there from the start. */
  counters<L extends string>(
    name: string,
    help: string,
    label: { name: string; values: readonly L[] },
  ): { inc(value: L): void };
  gauge(name: string, help: string, read: () => number): void;
  histogram(name: string, help: string, buckets: readonly number[]): { observe(value: number): void };
  /** How late the event loop was, in ms: 99th percentile since the last time somebody asked, at least a second apart. */
  eventLoopDelayMs(): number;
  /** The text format of Prometheus. */
  render(): Promise<string>;
  readonly contentType: string;
}

/** Buckets for latencies in seconds, from a quarter of a millisecond up. */
export const latencyBuckets = [
  0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2,
];

/**
 * Ms between two looks at how late the event loop is; what matters is later than that. Each look wakes the process: every 10 ms, as
 * is usual, that costs one that does nothing else 7 ms of CPU a second.
 */
const eventLoopLookMs = 200;
/** `prom-client` looks as well, without being asked: as good as never. What it would say is taken out. */
const neverMs = 2 ** 31 - 1;
const itsEventLoop = /^nodejs_eventloop_lag_/;

/** @param options.service value of the label `service` on every series */
export function createMetrics(options: { service: string; id: string }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service, node: options.id });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: neverMs });
  for (const { name } of registry.getMetricsAsArray())
    if (itsEventLoop.test(name)) registry.removeSingleMetric(name);
  const eventLoopDelayMs = watchEventLoop();
  new Gauge({
    name: "parley_event_loop_delay_seconds",
    help: "How late the event loop was, 99th percentile since the last reading",
    registers: [registry],
    collect() {
      this.set(eventLoopDelayMs() / 1_000);
    },
  });
  return {
    eventLoopDelayMs,
    counter(name, help) {
      const counter = new Counter({ name, help, registers: [registry] });
      let total = 0;
      return {
        inc(by = 1) {
          total += by;
          counter.inc(by);
        },
        value: () => total,
      };
    },
    counters(name, help, label) {
      const counter = new Counter({ name, help, labelNames: [label.name], registers: [registry] });
      for (const value of label.values) counter.inc({ [label.name]: value }, 0);
      return { inc: (value) => counter.inc({ [label.name]: value }) };
    },
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(read());
        },
      });
    },
    histogram(name, help, buckets) {
      return new Histogram({
        name,
        help,
        buckets: [...buckets],
        registers: [registry],
      });
    },
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function watchEventLoop(): () => number {
  const looks = monitorEventLoopDelay({ resolution: eventLoopLookMs });
  looks.enable();
  let readMs = performance.now();
  let latest = 0;
  return () => {
    const now = performance.now();
    if (now - readMs < 1_000) return latest;
    readMs = now;
    // What is measured has the time between two looks in it.
    latest = Math.max(0, Math.round(looks.percentile(99) / 1e4 - eventLoopLookMs * 100) / 100);
    looks.reset();
    return latest;
  };
}
