import { useEffect, useRef, useState } from "preact/hooks";
import type { Actions } from "../actions.ts";
import { loadEmoji } from "../emoji/load.ts";
import { type Emoji, type EmojiGroup, emojiTitle, findEmoji, searchEmoji } from "../state/emoji.ts";
import { type Anchor, Popup } from "./popup.tsx";
import "./emoji-picker.css";

const foundAtMost = 90;
/** Those used last, and the first group. */
const drawnFirst = 2;
/** Emoji before the end of what is drawn, in the keyboard's way through it. */
const nearEnd = 30;

/** All emoji, by group and by name, those used last first. The keyboard stays in the search and moves through the grid. */
export function EmojiPicker(props: {
  label: string;
  anchor: Anchor;
  actions: Actions;
  onPick: (emoji: string) => void;
  onClose: () => void;
}) {
  return (
    <Popup label={props.label} anchor={props.anchor} onClose={props.onClose}>
      {(close) => (
        <Picker
          actions={props.actions}
          onPick={(emoji) => {
            close();
            props.actions.usedEmoji(emoji);
            props.onPick(emoji);
          }}
        />
      )}
    </Popup>
  );
}

function Picker({ actions, onPick }: { actions: Actions; onPick: (emoji: string) => void }) {
  const [groups, setGroups] = useState<readonly EmojiGroup[]>();
  const [failed, setFailed] = useState(false);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const [drawn, setDrawn] = useState(drawnFirst);
  const grid = useRef<HTMLDivElement>(null);

  function load() {
    setFailed(false);
    loadEmoji().then(setGroups, () => setFailed(true));
  }
  useEffect(load, []);

  // Nobody looks at all two thousand: a further group is drawn when one comes near the end of those before it.
  const there = groups === undefined ? [] : groupsFor(groups, query, actions.recentEmoji());
  const shown = there.slice(0, drawn);
  const drawMore = () => drawn < there.length && setDrawn(drawn + 1);
  const all = shown.flatMap(({ emoji }) => emoji);
  const active = Math.min(at, all.length - 1);
  const chosen = all[active];

  useEffect(() => {
    grid.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
    if (active > all.length - nearEnd) drawMore();
  }, [active]);

  /** What one types and chooses in one go may be ahead of what is drawn, and of the emoji themselves. */
  function pick(typed: string) {
    if (groups !== undefined && typed === query) {
      if (chosen !== undefined) onPick(chosen.emoji);
      return;
    }
    loadEmoji().then(
      (loaded) => {
        const first = groupsFor(loaded, typed, actions.recentEmoji())[0]?.emoji[0];
        if (first !== undefined && grid.current !== null) onPick(first.emoji);
      },
      () => {
        // Said already, where they would stand.
      },
    );
  }

  function pressed(event: KeyboardEvent) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    // Left and right move through what is typed while something is.
    const sideways = query === "";
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      setAt(nextRow(grid.current, active, event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "ArrowRight" && sideways) setAt(Math.min(all.length - 1, active + 1));
    else if (event.key === "ArrowLeft" && sideways) setAt(Math.max(0, active - 1));
    else if (event.key === "Enter") pick((event.currentTarget as HTMLInputElement).value);
    else return;
    event.preventDefault();
  }

  let index = -1;
  return (
    <div class="picker">
      <input
        class="input"
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="picker-grid"
        aria-activedescendant={chosen === undefined ? undefined : `picker-${active}`}
        aria-label="Find an emoji by name"
        placeholder="Find an emoji by name"
        autocomplete="off"
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={pressed}
      />
      <div
        ref={grid}
        id="picker-grid"
        class="picker__grid"
        role="listbox"
        aria-label="Emoji"
        tabIndex={-1}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          if (scrollHeight - scrollTop < 2 * clientHeight) drawMore();
        }}
      >
        {shown.map((group) => (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot stand in a list box
          <div key={group.name} class="picker__group" role="group" aria-label={group.name}>
            <p class="picker__name" aria-hidden="true">
              {group.name}
            </p>
            {group.emoji.map((emoji) => {
              index += 1;
              return (
                <Cell
                  key={emoji.emoji}
                  index={index}
                  emoji={emoji}
                  active={index === active}
                  onPick={onPick}
                />
              );
            })}
          </div>
        ))}
      </div>
      <p class="picker__foot" role="status">
        {failed ? (
          <>
            The emoji could not be loaded.{" "}
            <button type="button" class="button button--small" onClick={load}>
              Try again
            </button>
          </>
        ) : groups === undefined ? (
          "Loading …"
        ) : chosen === undefined ? (
          "Nothing is called that."
        ) : (
          `${chosen.emoji} :${chosen.names[0]}:`
        )}
      </p>
    </div>
  );
}

function Cell(props: { index: number; emoji: Emoji; active: boolean; onPick: (emoji: string) => void }) {
  const { emoji } = props;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: its keys are those of the search, which names it by aria-activedescendant
    <div
      id={`picker-${props.index}`}
      class="picker__cell"
      role="option"
      tabIndex={-1}
      aria-selected={props.active}
      aria-label={emojiTitle(emoji)}
      title={`:${emoji.names[0]}:`}
      onClick={() => props.onPick(emoji.emoji)}
    >
      {emoji.emoji}
    </div>
  );
}

function groupsFor(
  groups: readonly EmojiGroup[],
  query: string,
  recent: readonly string[],
): readonly EmojiGroup[] {
  if (query.trim() !== "") {
    const found = searchEmoji(groups, query, foundAtMost);
    return found.length === 0 ? [] : [{ name: "Found", emoji: found }];
  }
  const known = recent.flatMap((used) => findEmoji(groups, ({ emoji }) => emoji === used) ?? []);
  return known.length === 0 ? groups : [{ name: "Used last", emoji: known }, ...groups];
}

/** The cell above or below, as they are drawn: groups need not fill their last row. */
function nextRow(grid: HTMLElement | null, active: number, step: 1 | -1): number {
  const cells = [...(grid?.querySelectorAll<HTMLElement>(".picker__cell") ?? [])];
  const from = cells[active]?.getBoundingClientRect();
  if (from === undefined) return 0;
  let best = active;
  let row: number | undefined;
  for (let i = active + step; i >= 0 && i < cells.length; i += step) {
    const { top, left } = cells[i]?.getBoundingClientRect() ?? from;
    if (Math.abs(top - from.top) < 2) continue;
    if (row !== undefined && Math.abs(top - row) >= 2) break;
    row = top;
    const gap = (at: number) => Math.abs((cells[at]?.getBoundingClientRect().left ?? 0) - from.left);
    if (best === active || Math.abs(left - from.left) < gap(best)) best = i;
  }
  return best;
}
