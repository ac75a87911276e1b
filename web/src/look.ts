import type { Kept, Look } from "./kept.ts";

/** How the page looks, by choice: kept in the browser, the same in all its tabs. */
export function createLook({
  kept,
  element,
  onChange,
}: {
  kept: Kept;
  element: HTMLElement;
  onChange: () => void;
}) {
  let look = kept.look();

  function apply(next: Look) {
    look = next;
    if (look.theme === "system") delete element.dataset.theme;
    else element.dataset.theme = look.theme;
    if (look.contrast === "system") delete element.dataset.contrast;
    else element.dataset.contrast = look.contrast;
    onChange();
  }

  return {
    now: () => look,
    choose(next: Look) {
      kept.keepLook(next);
      apply(next);
    },
    /** Another tab chose. */
    chosenElsewhere: () => apply(kept.look()),
  };
}
