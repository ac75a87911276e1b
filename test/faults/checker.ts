import { checkList, type ListRules, promisedListRules } from "./check-list.ts";
import { checkLogs } from "./check-logs.ts";
import { checkTimes } from "./check-times.ts";
import { checkViews, type ViewRules } from "./check-views.ts";
import { type Entry, entriesOf } from "./history.ts";
import type { Violation } from "./violation.ts";

export interface CheckRules extends ViewRules {
  readonly list: ListRules;
}

export const promisedRules: CheckRules = { resets: "never", list: promisedListRules };

/** Every promise that this history shows to be broken; none: all were kept. Knows nothing but the history. */
export function check(entries: readonly Entry[], rules: CheckRules = promisedRules): Violation[] {
  return [
    ...checkLogs(entries),
    ...checkTimes(entries),
    ...checkViews(entries, rules),
    ...checkList(entries, rules.list),
    ...checkReunion(entries),
  ];
}

/** Somebody who does not come back, or what waits in an outbox for ever: no other record would show it. */
function checkReunion(entries: readonly Entry[]): Violation[] {
  return entriesOf(entries, "settled").flatMap((entry): Violation[] => {
    if (entry.missing === undefined) return [];
    return [{ kind: "never-together", what: `in the end, ${entry.missing}`, excerpt: [entry] }];
  });
}
