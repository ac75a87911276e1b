import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { actionsFor, type MessageAction, type MessageContext } from "./message-action-list.tsx";
import { MoreIcon } from "./message-icons.tsx";
import { MessageMenu } from "./message-menu.tsx";
import type { Anchor } from "./popup.tsx";
import "./message-tools.css";

/** What belongs to the message that one points at, has the focus on, or holds a finger on: toolbar, menu and keys. */
export function MessageTools(props: {
  context: MessageContext;
  /** The element of the message. */
  row: HTMLElement;
  /** Whether one points at it or has the focus on it; else only the menu may be open. */
  near: boolean;
  /** Where the menu was asked for by a finger. */
  pressedAt: Anchor | null;
  onClosed: () => void;
}) {
  const { context, row } = props;
  const [menuAt, setMenuAt] = useState<Anchor | null>(props.pressedAt);
  const available = actionsFor(context);

  useEffect(() => {
    if (props.pressedAt !== null) setMenuAt(props.pressedAt);
  }, [props.pressedAt]);

  useLayoutEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.target !== row || event.ctrlKey || event.metaKey || event.altKey) return;
      const opens =
        event.key === "Enter" || event.key === "ContextMenu" || (event.shiftKey && event.key === "F10");
      const action = available.find(({ shortcut }) => shortcut === event.key);
      if (opens) setMenuAt(anchorOf(row));
      else if (action !== undefined) action.run(context, anchorOf(row));
      else return;
      event.preventDefault();
    };
    row.addEventListener("keydown", pressed);
    return () => row.removeEventListener("keydown", pressed);
  }, [context.message]);

  if (available.length === 0) return null;
  const inToolbar = available.filter((action) => action.inToolbar);
  return (
    <>
      {props.near ? (
        <div class="tools" role="toolbar" aria-label="Message actions">
          {inToolbar.map((action) => (
            <ToolButton key={action.key} action={action} context={context} />
          ))}
          <button
            type="button"
            class="tools__button"
            title="More actions"
            aria-haspopup="menu"
            onClick={(event) => setMenuAt(event.currentTarget.getBoundingClientRect())}
          >
            <MoreIcon />
            <span class="quietly-hidden">More actions</span>
          </button>
        </div>
      ) : null}
      {menuAt === null ? null : (
        <MessageMenu
          context={context}
          available={available}
          anchor={menuAt}
          onClose={() => {
            setMenuAt(null);
            props.onClosed();
          }}
        />
      )}
    </>
  );
}

function ToolButton({ action, context }: { action: MessageAction; context: MessageContext }) {
  return (
    <button
      type="button"
      class="tools__button"
      title={action.label}
      onClick={(event) => action.run(context, event.currentTarget.getBoundingClientRect())}
    >
      <action.Icon />
      <span class="quietly-hidden">{action.label}</span>
    </button>
  );
}

/** The upper right corner of a message, where its toolbar is. */
function anchorOf(row: HTMLElement): Anchor {
  const { right, top } = row.getBoundingClientRect();
  return new DOMRect(right - 16, top, 0, 16);
}
