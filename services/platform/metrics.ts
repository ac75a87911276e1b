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
  /** The text format of Prometheus. */
  render(): Promise<string>;
  readonly contentType: string;
}

/** Buckets for latencies in seconds, from a quarter of a millisecond up. */
export const latencyBuckets = [
  0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2,
];

/**
 * Ms between two looks at how late the event loop is. Each look wakes the process: every 10 ms, as is usual, that costs one that
 * does nothing else 7 ms of CPU a second. What is measured has this time in it.
 */
export const eventLoopLookMs = 50;

/** @param options.service value of the label `service` on every series */
export function createMetrics(options: { service: string; id: string }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service, node: options.id });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: eventLoopLookMs });
  return {
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
