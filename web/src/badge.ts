import type { State } from "./state/model.ts";
import { totalCalls } from "./state/select.ts";
import { titleOf } from "./state/title.ts";

/** What calls for this person, said where one sees it without looking at the page: on the tab, and on an installed app. */
export function createBadge({ document, navigator }: Window): (state: State) => void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  let shown = 0;
  return (state) => {
    document.title = titleOf(state);
    const calls = totalCalls(state);
    if (calls === shown) return;
    shown = calls;
    if (icon !== null) icon.href = calls > 0 ? "/favicon-calls.svg" : "/favicon.svg";
    const done = calls > 0 ? navigator.setAppBadge?.(calls) : navigator.clearAppBadge?.();
    done?.catch(() => {
      // Not an installed app.
    });
  };
}
