import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "../support/wait.ts";
import { promisedListRules } from "./check-list.ts";
import { type ClientLine, startClientLine } from "./client-line.ts";
import type { History } from "./history.ts";
import type { Random } from "./random.ts";
import { createMemoryStore, openTab } from "./tab.ts";

/** People whose line goes dead, one after the other, so that nobody learns that they are gone. */
export interface Vanishing {
  /** Whether that one's time has not passed yet: they may be on the list or not. */
  mayShow(user: string): boolean;
  /** Nobody else comes. */
  stop(): void;
  /** Resolves when the last one must be off the list. */
  over(): Promise<void>;
  close(): void;
}

/** Resolves when the first one has vanished. `slackMs`: what a busy machine may add to the time that is promised. */
export async function startVanishing(deps: {
  url: string;
  history: History;
  random: Random;
  /** Part of every name. */
  mark: string;
  slackMs: number;
}): Promise<Vanishing> {
  const { url, history, random, mark } = deps;
  const dueMs = new Map<string, number>();
  const lines: ClientLine[] = [];
  let going = true;

  async function vanish(): Promise<void> {
    const name = `v${lines.length + 1}`;
    const user = `${name} ${mark}`;
    const line = await startClientLine(url);
    lines.push(line);
    const tab = openTab({
      name: `${name}.1`,
      user,
      key: randomUUID(),
      url: line.url,
      device: { store: createMemoryStore(), outbox: user, acknowledged: new Set() },
      history,
      random: random.fork(name).next,
    });
    dueMs.set(user, Number.POSITIVE_INFINITY);
    // While Redis is away nobody gets in: then another time.
    const isIn = await eventually(() => tab.client.connection === "online", { timeoutMs: 20_000 }).catch(
      () => false,
    );
    line.vanish();
    if (isIn) tab.vanish();
    else tab.close();
    dueMs.set(user, history.now() + promisedListRules.vanishedMs + deps.slackMs);
  }

  const isDue = () => [...dueMs.values()].every((due) => due <= history.now());
  async function goOn(): Promise<void> {
    while (going) {
      await eventually(() => isDue() || !going, { timeoutMs: 60_000, everyMs: 100 });
      if (going) await vanish();
    }
  }

  await vanish();
  const all = goOn();
  return {
    mayShow: (user) => (dueMs.get(user) ?? 0) > history.now(),
    stop() {
      going = false;
    },
    async over() {
      await all;
      while (!isDue()) await pause(100);
    },
    close() {
      going = false;
      for (const line of lines) line.close();
    },
  };
}
