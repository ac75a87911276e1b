import { checkList, type ListRules, promisedListRules } from "./check-list.ts";
import { checkLogs } from "./check-logs.ts";
import { checkTimes } from "./check-times.ts";
import { checkViews, type ViewRules } from "./check-views.ts";
import type { Entry } from "./history.ts";
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
  ];
}
