import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import "./popup.css";

/** Where a popup belongs: the element that it stands beside, or the place of a finger. */
export type Anchor = DOMRect;

const gap = 4;
const edge = 8;

/**
 * Something small that one opens, uses and is done with: beside what it belongs to, and a sheet at the lower edge where
 * fingers are. Modal: Escape, a click beside it, and the back of the screen reader close it.
 */
export function Popup(props: {
  label: string;
  anchor: Anchor;
  onClose: () => void;
  /** Gets a function that closes it at once, for what is to be done after that. */
  children: (close: () => void) => ComponentChildren;
}) {
  const element = useRef<HTMLDialogElement>(null);
  // The element gives the focus back to where it was.
  const close = () => element.current?.close();

  useLayoutEffect(() => {
    const dialog = element.current;
    if (dialog === null) return;
    dialog.showModal();
    // A keyboard of the screen would cover the sheet before anybody wants to type.
    if (document.activeElement instanceof HTMLInputElement && matchMedia("(pointer: coarse)").matches) {
      document.activeElement.blur();
    }
    place(dialog, props.anchor);
    return close;
  }, []);

  return (
    <dialog
      ref={element}
      class="popup"
      aria-label={props.label}
      onClose={props.onClose}
      // What is pressed in here is not meant for what it was opened from.
      onKeyDown={(event) => event.stopPropagation()}
      onClick={(event) => {
        event.stopPropagation();
        if (event.target === element.current) close();
      }}
    >
      <div class="popup__inside">{props.children(close)}</div>
    </dialog>
  );
}

/** Below the anchor or above it, where there is more room, and never over an edge of the window. */
function place(dialog: HTMLDialogElement, anchor: Anchor) {
  const { width, height } = dialog.getBoundingClientRect();
  const { innerWidth, innerHeight } = window;
  const below = innerHeight - anchor.bottom - gap - edge;
  const above = anchor.top - gap - edge;
  const top = height <= below || below >= above ? anchor.bottom + gap : anchor.top - gap - height;
  const left = anchor.right - width;
  const within = (at: number, size: number, all: number) => Math.max(edge, Math.min(at, all - size - edge));
  dialog.style.setProperty("--popup-top", `${within(top, height, innerHeight)}px`);
  dialog.style.setProperty("--popup-left", `${within(left, width, innerWidth)}px`);
}
