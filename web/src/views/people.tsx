import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Actions } from "../actions.ts";
import type { Me, People as PeopleState, User } from "../state/model.ts";
import { appearanceInWords, appearanceOf, lineOf } from "../state/status.ts";
import { Avatar } from "./avatar.tsx";
import { SearchIcon } from "./icons.tsx";
import "./people.css";

/** Rows drawn above and below what is visible. */
const overscan = 6;

/** Who is online: as many rows in the document as fit on screen, however many people there are. */
export function People({ people, me, actions }: { people: PeopleState; me: Me | null; actions: Actions }) {
  const searching = people.query.trim() !== "";
  return (
    <section class="people" aria-labelledby="people-title">
      <h2 id="people-title">
        Online <span class="people__count">{people.count.toLocaleString()}</span>
      </h2>
      <div class="people__search">
        <SearchIcon />
        <input
          id="people-search"
          class="input"
          type="search"
          placeholder="Find somebody"
          aria-label="Find somebody who is online"
          autocomplete="off"
          spellcheck={false}
          maxLength={64}
          value={people.query}
          onInput={(event) => actions.searchPeople(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape" && people.query !== "") {
              event.preventDefault();
              actions.searchPeople("");
            }
          }}
        />
      </div>
      {people.known.length > 0 ? (
        <Rows people={people} me={me} actions={actions} />
      ) : (
        <p class="people__empty">
          {!people.complete
            ? ""
            : searching
              ? "Nobody online has a name that starts like this."
              : "Nobody else is here yet."}
        </p>
      )}
    </section>
  );
}

function Rows({ people, me, actions }: { people: PeopleState; me: Me | null; actions: Actions }) {
  const scroller = useRef<HTMLUListElement>(null);
  const [view, setView] = useState({ top: 0, height: 0, row: 40 });
  // The one row that Tab reaches; arrow keys move it.
  const [active, setActive] = useState(0);
  const wantsFocus = useRef(false);
  const { known, query } = people;

  const measure = () => {
    const element = scroller.current;
    if (element === null) return;
    const row = element.querySelector<HTMLElement>(".person")?.offsetHeight || 40;
    setView((old) =>
      old.top === element.scrollTop && old.height === element.clientHeight && old.row === row
        ? old
        : { top: element.scrollTop, height: element.clientHeight, row },
    );
  };

  useLayoutEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    if (scroller.current !== null) observer.observe(scroller.current);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = 0;
    setActive(0);
  }, [query]);

  const first = Math.floor(view.top / view.row);
  const last = Math.min(known.length, Math.ceil((view.top + view.height) / view.row));
  const from = Math.max(0, first - overscan);
  const to = Math.min(known.length, last + overscan);
  const tabbed = Math.min(Math.max(active, from), Math.max(from, to - 1));

  useEffect(() => {
    if (view.height > 0) actions.showPeople(first, last);
  }, [first, last, view.height, known.length]);

  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    scroller.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus({ preventScroll: true });
  });

  function move(next: number) {
    const element = scroller.current;
    if (element === null) return;
    const index = Math.max(0, Math.min(known.length - 1, next));
    const top = index * view.row;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + view.row > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + view.row - element.clientHeight;
    }
    wantsFocus.current = true;
    setActive(index);
    measure();
  }

  const page = Math.max(1, last - first - 1);
  const steps: Record<string, number> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: page,
    PageUp: -page,
    Home: -known.length,
    End: known.length,
  };

  return (
    <ul
      ref={scroller}
      class="people__rows"
      aria-label="People online"
      onScroll={measure}
      onKeyDown={(event) => {
        const step = steps[event.key];
        if (step === undefined || event.altKey) return;
        event.preventDefault();
        move(tabbed + step);
      }}
    >
      <li class="people__space" aria-hidden="true" style={{ height: `${from * view.row}px` }} />
      {known.slice(from, to).map((user, i) => (
        <Person
          key={user.id}
          user={user}
          mine={user.id === me?.id}
          actions={actions}
          position={from + i + 1}
          size={people.complete ? known.length : -1}
          tabbed={from + i === tabbed}
          onFocus={() => setActive(from + i)}
        />
      ))}
      <li
        class="people__space"
        aria-hidden="true"
        style={{ height: `${(known.length - to) * view.row}px` }}
      />
    </ul>
  );
}

function Person(props: {
  user: User;
  mine: boolean;
  actions: Actions;
  position: number;
  size: number;
  tabbed: boolean;
  onFocus: () => void;
}) {
  const { user, mine, actions } = props;
  const appearance = appearanceOf(user);
  const said = lineOf({ emoji: user.statusEmoji, text: user.statusText });
  return (
    <li class="person" aria-posinset={props.position} aria-setsize={props.size}>
      <button
        type="button"
        tabIndex={props.tabbed ? 0 : -1}
        aria-disabled={mine}
        title={mine ? undefined : `Message ${user.name}`}
        onFocus={props.onFocus}
        onClick={() => {
          if (!mine) actions.openDirect({ id: user.id });
        }}
      >
        <Avatar id={user.id} name={user.name} small status={appearance} />
        <span class="person__words">
          <span class="person__name">
            <bdi>{user.name}</bdi>
            {mine ? <span class="person__you"> (you)</span> : null}
          </span>
          {said === "" ? null : (
            <span class="person__said" title={said}>
              {user.statusEmoji ?? "💬"}
              <span class="quietly-hidden">{user.statusText}</span>
            </span>
          )}
          {appearance === "online" ? null : (
            <span class="person__status">{appearanceInWords(appearance).toLowerCase()}</span>
          )}
        </span>
        {user.number === null ? null : (
          <span class="person__number">
            <span class="quietly-hidden">number </span>#{user.number}
          </span>
        )}
      </button>
    </li>
  );
}
