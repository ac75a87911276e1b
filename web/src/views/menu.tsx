import type { ComponentType } from "preact";
import { useRef } from "preact/hooks";
import "./menu.css";

export interface MenuItem {
  readonly key: string;
  readonly label: string;
  readonly Icon?: ComponentType;
  /** The key that does it, as `KeyboardEvent.key` names it. */
  readonly shortcut?: string;
  readonly dangerous?: true;
}

/** What can be done, in words; for inside of a popup. The arrow keys move, Enter and the shortcuts do it. */
export function Menu<I extends MenuItem>(props: {
  label: string;
  items: readonly I[];
  onChosen: (item: I) => void;
}) {
  const { items, onChosen } = props;
  const list = useRef<HTMLDivElement>(null);

  function pressed(event: KeyboardEvent) {
    const all = [...(list.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const byShortcut = items.find(({ shortcut }) => shortcut === event.key);
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
    <div ref={list} class="menu" role="menu" aria-label={props.label} onKeyDown={pressed}>
      {items.map((item) => (
        <button
          key={item.key}
          type="button"
          role="menuitem"
          class={item.dangerous ? "menu__item menu__item--dangerous" : "menu__item"}
          aria-keyshortcuts={item.shortcut}
          onClick={() => onChosen(item)}
        >
          {item.Icon === undefined ? null : <item.Icon />}
          <span class="menu__label">{item.label}</span>
          {item.shortcut === undefined ? null : (
            <span class="menu__shortcut" aria-hidden="true">
              <kbd>{item.shortcut.length === 1 ? item.shortcut.toUpperCase() : "Del"}</kbd>
            </span>
          )}
        </button>
      ))}
    </div>
  );
}
