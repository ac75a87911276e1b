import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import type { Keeping } from "../kept-messages.ts";
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
  /** Where the menu was asked for; null: it was not, or is done with. */
  menuAt: Anchor | null;
  onMenu: (at: Anchor | null) => void;
}) {
  const { row, menuAt, onMenu } = props;
  const [keeping, setKeeping] = useState<Keeping>();
  const [ready, setReady] = useState(false);
  const context = { ...props.context, keeping };
  const available = actionsFor(context);

  // What the menu offers is known when it opens, unless the server takes long to tell.
  useEffect(() => {
    if (menuAt === null) return setReady(false);
    let gone = false;
    const open = () => gone || setReady(true);
    const timer = setTimeout(open, askedForMs);
    void askKeeping(context).then((now) => {
      setKeeping(now);
      open();
    });
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [menuAt]);

  async function run(action: MessageAction) {
    if (!action.needsKeeping) return action.run(context, anchorOf(row));
    const known = { ...context, keeping: await askKeeping(context) };
    actionsFor(known)
      .find(({ shortcut }) => shortcut === action.shortcut)
      ?.run(known, anchorOf(row));
  }

  useLayoutEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.target !== row || event.ctrlKey || event.metaKey || event.altKey) return;
      const opens =
        event.key === "Enter" || event.key === "ContextMenu" || (event.shiftKey && event.key === "F10");
      const action = available.find(({ shortcut }) => shortcut === event.key);
      if (opens) onMenu(anchorOf(row));
      else if (action !== undefined) void run(action);
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
            onClick={(event) => onMenu(event.currentTarget.getBoundingClientRect())}
          >
            <MoreIcon />
            <span class="quietly-hidden">More actions</span>
          </button>
        </div>
      ) : null}
      {menuAt !== null && ready ? (
        <MessageMenu context={context} available={available} anchor={menuAt} onClose={() => onMenu(null)} />
      ) : null}
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

/** As good as at once; a menu that comes later has been missed. */
const askedForMs = 200;

/** Undefined: the server does not tell; the message is then taken to be kept nowhere. */
async function askKeeping({ actions, room, message }: MessageContext): Promise<Keeping | undefined> {
  try {
    return await (await actions.keptMessages()).isKept(room, message);
  } catch {
    return undefined;
  }
}

/** The upper right corner of a message, where its toolbar is. */
function anchorOf(row: HTMLElement): Anchor {
  const { right, top } = row.getBoundingClientRect();
  return new DOMRect(right - 16, top, 0, 16);
}
