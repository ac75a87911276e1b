import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { CloseIcon } from "./icons.tsx";
import "./dialog.css";

/** A modal window with a title; Escape, the cross, and a click beside it close it. */
export function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren }) {
  const element = useRef<HTMLDialogElement>(null);
  // In the same turn, so that what is typed right after the key that opened it goes into it.
  useLayoutEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    // Where something is to be typed first, typing starts there and not at the cross.
    const first = dialog?.querySelector<HTMLElement>("input, textarea, select");
    if (first?.matches(".input")) first.focus();
    return () => {
      dialog?.close();
      // The element gives the focus back itself, unless what had it was out of reach; and by now it may be elsewhere.
      const nowhere = document.activeElement === document.body;
      if (nowhere && before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  function onClosing(event: Event) {
    if (event.target === element.current) props.onClose();
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard has Escape, which the element handles itself
    <dialog
      ref={element}
      class="dialog"
      aria-labelledby="dialog-title"
      // The browser tells of a closing in a task of its own, and keys may come before it: what they opened must not be closed by
      // that. So Escape counts as soon as it is pressed, and a dialog that is gone has no say.
      onCancel={onClosing}
      onClose={onClosing}
      onClick={onClosing}
    >
      <div class="dialog__inside">
        <header class="dialog__head">
          <h2 id="dialog-title">{props.title}</h2>
          <button type="button" class="icon-button" title="Close" onClick={props.onClose}>
            <CloseIcon />
            <span class="quietly-hidden">Close</span>
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  );
}
