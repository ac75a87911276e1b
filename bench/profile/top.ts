import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Profile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
  }[];
  samples: number[];
  timeDeltas: number[];
}

/** Where the time of all profiles in a folder went: functions by their own time, as lines of text. */
export function topSelfTimes(folder: string, count: number): string {
  const self = new Map<string, number>();
  let total = 0;
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"))) {
    const profile = JSON.parse(readFileSync(join(folder, file), "utf8")) as Profile;
    const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
    for (const [i, id] of profile.samples.entries()) {
      const name = names.get(id) ?? "?";
      const us = profile.timeDeltas[i] ?? 0;
      // "dispatch" without a place is the inspector that takes the profile.
      if (name === "(idle)" || name === "dispatch") continue;
      self.set(name, (self.get(name) ?? 0) + us);
      total += us;
    }
  }
  return [...self]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, us]) => `${((us / total) * 100).toFixed(1).padStart(5)} %  ${name}`)
    .join("\n");
}

function nameOf({ functionName, url, lineNumber }: Profile["nodes"][0]["callFrame"]): string {
  const place = url.replace(/^.*\/(node_modules|dist)\//, "");
  return `${functionName || "(anonymous)"}${place === "" ? "" : `  ${place}:${lineNumber + 1}`}`;
}
