/** What a node says of itself on /metrics, as a Prometheus would read it. */
export interface Reading {
  /** The value of a series, of the one with this label value if it has several. */
  value(name: string, label?: string): number;
}

export async function readMetrics(at: { url: string }): Promise<Reading> {
  const text = await (await fetch(`${at.url}/metrics`)).text();
  return {
    value(name, label) {
      const line = text
        .split("\n")
        .find(
          (one) =>
            new RegExp(`^${name}[{ ]`).test(one) && (label === undefined || one.includes(`="${label}"`)),
        );
      if (line === undefined) throw new Error(`there is no ${name} ${label ?? ""} on /metrics`);
      return Number(line.slice(line.lastIndexOf(" ") + 1));
    },
  };
}

/** How often that limit has refused or cut. */
export async function timesReached(at: { url: string }, limit: string): Promise<number> {
  return (await readMetrics(at)).value("parley_limits_reached_total", limit);
}
