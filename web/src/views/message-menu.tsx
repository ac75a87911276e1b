import { useRef } from "preact/hooks";
import type { MessageAction, MessageContext } from "./message-action-list.tsx";
import { type Anchor, Popup } from "./popup.tsx";

/** Everything that can be done to a message, in words. */
export function MessageMenu(props: {
  context: MessageContext;
  available: readonly MessageAction[];
  anchor: Anchor;
  onClose: () => void;
}) {
  const { context, available, anchor } = props;
  return (
    <Popup label="Message actions" anchor={anchor} onClose={props.onClose}>
      {(close) => (
        <Items
          available={available}
          onChosen={(action) => {
            close();
            action.run(context, anchor);
          }}
        />
      )}
    </Popup>
  );
}

function Items(props: { available: readonly MessageAction[]; onChosen: (action: MessageAction) => void }) {
  const { available, onChosen } = props;
  const list = useRef<HTMLDivElement>(null);
  const items = () => [...(list.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];

  function pressed(event: KeyboardEvent) {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const byShortcut = available.find(({ shortcut }) => shortcut === event.key);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown") all[(at + 1) % all.length]?.focus();
    else if (event.key === "ArrowUp") all.at(Math.max(at, 0) - 1)?.focus();
    else if (event.key === "Home") all[0]?.focus();
    else if (event.key === "End") all.at(-1)?.focus();
    else if (byShortcut !== undefined) onChosen(byShortcut);
    else return;
    event.preventDefault();
  }

  return (
    <div ref={list} class="menu" role="menu" aria-label="Message actions" onKeyDown={pressed}>
      {available.map((action) => (
        <button
          key={action.key}
          type="button"
          role="menuitem"
          class={action.dangerous ? "menu__item menu__item--dangerous" : "menu__item"}
          aria-keyshortcuts={action.shortcut}
          onClick={() => onChosen(action)}
        >
          <action.Icon />
          <span class="menu__label">{action.label}</span>
          <span class="menu__shortcut" aria-hidden="true">
            <kbd>{action.shortcut.length === 1 ? action.shortcut.toUpperCase() : "Del"}</kbd>
          </span>
        </button>
      ))}
    </div>
  );
}
