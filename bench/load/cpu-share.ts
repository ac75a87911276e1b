/** From now on, what share of one core this process uses; call the result to know. */
export function cpuShare(): () => number {
  const used = process.cpuUsage();
  const sinceMs = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(used);
    return (user + system) / 1_000 / (performance.now() - sinceMs);
  };
}
