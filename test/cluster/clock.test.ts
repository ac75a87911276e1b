import { expect, test } from "vitest";
import { type ChatClient, roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestService } from "../support/cluster.ts";
import { clusterReport } from "../support/report.ts";
import { createServiceClock, type ServiceClock } from "../support/service-clock.ts";
import { eventually } from "../support/wait.ts";
import { watch } from "../support/watcher.ts";

const hourMs = 3_600_000;
/** What two clocks on one machine, and the time that a welcome takes, may differ by. */
const nearMs = 5_000;

const skew = (iso: string) => Math.abs(Date.parse(iso) - Date.now());

test("a node whose clock is an hour off, either way, and a presence service as well: nobody can tell", async () => {
  const shifts: Record<string, number> = { "chat-1": hourMs, "chat-2": -hourMs, "presence-1": hourMs };
  const clocks = new Map<string, ServiceClock>();
  const cluster = await startCluster({
    // Shorter than the clocks are wrong: what one node signs would have run out for the other.
    env: { SESSION_MINUTES: "5" },
    envFor(name) {
      const clock = createServiceClock();
      void clock.shift(shifts[name] ?? 0);
      clocks.set(name, clock);
      return clock.env;
    },
  });
  const [fast, slow] = cluster.nodes as [TestService, TestService];
  const loggedAt = (service: TestService) => Date.parse(String(service.logged("listening").at(-1)?.time));
  expect(loggedAt(fast) - loggedAt(slow)).toBeGreaterThan(2 * hourMs - 60_000);

  const watcher = await watch(slow);
  const people: ChatClient[] = [];
  for (const [from, to] of [
    [fast, slow],
    [slow, fast],
  ] as const) {
    const ada = await signIn(from);
    const bob = await signIn(to);
    for (const { welcome } of [ada, bob]) expect(skew(welcome.serverTime)).toBeLessThan(nearMs);

    const { at } = await ada.say("what time is it?");
    expect(skew(at)).toBeLessThan(nearMs);
    const heard = await eventually(() => bob.events().at(0));
    expect(skew(heard.at)).toBeLessThan(nearMs);
    const { messages } = await bob.get("room:history", { room: roomId("lobby"), limit: 1 });
    expect(messages).toMatchObject([{ text: "what time is it?", at }]);

    // What one node has signed holds at the other, and until the end that it names.
    const renewed = await fetch(`${to.url}/api/session/renew`, {
      method: "POST",
      headers: { authorization: `Bearer ${ada.token}` },
    });
    expect(renewed.status).toBe(200);
    const { token, expiresAt } = (await renewed.json()) as { token: string; expiresAt: string };
    expect(Math.abs(Date.parse(expiresAt) - Date.now() - 300_000)).toBeLessThan(nearMs);
    const back = await signIn(from, { token });
    expect(back.id).toBe(ada.id);
    back.leave();

    const seen = await watcher.sees(ada, true, { withinMs: 1_000 });
    expect(skew(seen.user.since ?? "")).toBeLessThan(nearMs);
    people.push(ada, bob);
  }
  for (const person of people) person.leave();
  for (const person of people) await watcher.sees(person, false, { withinMs: 7_000 });

  // It may also jump while the node runs.
  const carl = await signIn(fast);
  await clocks.get("chat-1")?.shift(-hourMs, fast);
  const jumped = await carl.say("and now?");
  expect(skew(jumped.at)).toBeLessThan(nearMs);
  expect(carl.connected).toBe(true);

  const { nodes } = await clusterReport(cluster);
  for (const { since } of nodes) expect(skew(since)).toBeLessThan(60_000);
});
