import type { Page } from "playwright-core";

/** One event of a trace that the browser took of itself; microseconds. */
interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly args?: { readonly name?: string; readonly src_func?: string };
}

/** With which the compositor asks the main thread for the next frame. */
const frameTask = "ScheduledActionSendBeginMainFrame";

/**
 * The longest task of the page's main thread in each frame, in milliseconds, as the browser's own trace has them. What the
 * page could note itself, the time between two messages that it posts, is longer: the browser lets such messages
 * wait while it scrolls.
 */
export async function tracingTasks(page: Page, run: () => Promise<void>): Promise<number[]> {
  const browser = page.context().browser();
  if (browser === null) throw new Error("a page of no browser");
  await browser.startTracing(page, { categories: ["toplevel"] });
  await run();
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  return longestOfFrames(mainThreadTasks(trace.traceEvents));
}

/** In the order of time; of the page that drew most frames, because the browser may keep another one ready. */
function mainThreadTasks(events: readonly TraceEvent[]): TraceEvent[] {
  const threads = events.filter(
    ({ ph, name, args }) => ph === "M" && name === "thread_name" && args?.name === "CrRendererMain",
  );
  const tasksOf = threads.map(({ pid, tid }) =>
    events.filter(
      (event) =>
        event.pid === pid &&
        event.tid === tid &&
        event.ph === "X" &&
        event.name === "ThreadControllerImpl::RunTask",
    ),
  );
  const frames = (tasks: readonly TraceEvent[]) => tasks.filter(isFrame).length;
  const most = tasksOf.sort((a, b) => frames(b) - frames(a))[0] ?? [];
  return most.sort((a, b) => a.ts - b.ts);
}

function longestOfFrames(tasks: readonly TraceEvent[]): number[] {
  const longest: number[] = [];
  let soFar = 0;
  for (const task of tasks) {
    soFar = Math.max(soFar, (task.dur ?? 0) / 1_000);
    if (!isFrame(task)) continue;
    longest.push(soFar);
    soFar = 0;
  }
  if (longest.length === 0) throw new Error("the trace has no frame of the page");
  return longest;
}

const isFrame = ({ args }: TraceEvent) => args?.src_func === frameTask;
