import { setTimeout as pause } from "node:timers/promises";
import { leaveAtOnce, runChurn, watchFirstPage } from "./churn.ts";
import { cpuShare } from "./cpu-share.ts";
import { runFixedRate } from "./fixed-rate.ts";
import { connectGroup, type Group } from "./group.ts";
import type { Commands, FromGenerator, ToGenerator } from "./messages.ts";
import { runSaturated } from "./saturate.ts";
import { rememberPositions, resume, sendIntoEachRoom } from "./storm.ts";

// The load generator: a process of its own, which does what the bench tells it over their channel.
const groups = new Map<string, Group>();

function groupOf(name: string): Group {
  const group = groups.get(name);
  if (!group) throw new Error(`there is no group ${name}`);
  return group;
}

function tell(message: FromGenerator): void {
  process.send?.(message);
}
const onWindow = (window: "opens" | "closes") => tell({ window });

async function obey(order: ToGenerator): Promise<Commands[keyof Commands]["answer"]> {
  switch (order.command) {
    case "connect": {
      const { group, dialect, targets, rooms, names = "bench", roomsExist = false } = order.request;
      const startedMs = performance.now();
      groups.set(group, await connectGroup(dialect, targets, rooms, { names, roomsExist }));
      return { tookMs: performance.now() - startedMs };
    }
    case "load": {
      const { group, unread } = order.request;
      const silent = unread === undefined ? [] : groupOf(unread).users;
      return runFixedRate(groupOf(group), silent, order.request, onWindow);
    }
    case "saturate":
      return runSaturated(groupOf(order.request.group), order.request, onWindow);
    case "idle": {
      const { users } = groupOf(order.request.group);
      const share = cpuShare();
      onWindow("opens");
      await pause(order.request.seconds * 1_000);
      onWindow("closes");
      return { open: users.filter((user) => user.client.open).length, generatorCpu: share() };
    }
    case "rememberPositions":
      await rememberPositions(groupOf(order.request.group));
      return {};
    case "sendIntoEachRoom":
      await sendIntoEachRoom(groupOf(order.request.group), order.request.messages);
      return {};
    case "resume": {
      const { group, through, expected, withinMs } = order.request;
      return resume(groupOf(group), through, expected, withinMs);
    }
    case "watchFirstPage":
      await watchFirstPage(groupOf(order.request.group));
      return {};
    case "churn":
      return runChurn(groupOf(order.request.group), order.request, onWindow);
    case "leaveAtOnce":
      return leaveAtOnce(groupOf(order.request.group), order.request.count);
    case "disconnect":
      for (const user of groupOf(order.request.group).users) user.client.destroy();
      groups.delete(order.request.group);
      return {};
  }
}

process.on("message", (order: ToGenerator) => {
  obey(order).then(
    (answer) => tell({ id: order.id, answer }),
    (error: Error) => tell({ id: order.id, failed: error.message }),
  );
});
process.on("disconnect", () => process.exit(0));
