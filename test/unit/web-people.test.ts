import { describe, expect, test } from "vitest";
import { noPeople, type People, topMark, type User } from "../../web/src/state/model.ts";
import { addPage, applyUserChanges, foldName, searchPeople, watchFor } from "../../web/src/state/people.ts";

function user(name: string): User {
  return { id: `u-${name}` as never, name, number: 1, status: "online", since: "2026-11-24T10:00:00.000Z" };
}

const everybody = Array.from({ length: 1_000 }, (_, i) => user(`p${String(i).padStart(4, "0")}`));

/** As the server answers: a page, and after it those of `ids` that are online. */
function ask(
  people: People,
  watch = watchFor(people, 0, 0),
  ids: User["id"][] = [],
  online = everybody,
): People {
  const query = foldName(people.query);
  const found = online.filter((one) => foldName(one.name).startsWith(query));
  const start = watch.from.cursor === undefined ? 0 : Number(watch.from.cursor);
  const cut = found.slice(start, start + watch.limit);
  const more = start + watch.limit < found.length;
  const others = online.filter((one) => ids.includes(one.id) && !cut.includes(one));
  return addPage(people, {
    type: "people-page",
    query: people.query,
    ...watch,
    ids,
    page: {
      users: [...cut, ...others],
      count: online.length,
      ...(more ? { cursor: String(start + watch.limit) as never } : {}),
    },
  });
}

const names = (people: People) => people.known.map((one) => one.name);

/** Scrolls from the top to the end as the page does. */
function scrollThrough(people: People, rows = 40): People {
  let asked = "";
  for (let first = 0; first < 1_000; first += 10) {
    for (;;) {
      const watch = watchFor(people, first, first + rows);
      if (JSON.stringify(watch) === asked) break;
      asked = JSON.stringify(watch);
      people = ask(people, watch);
    }
    const start = Number(watchFor(people, first, first + rows).from.cursor ?? 0);
    // Whatever is on screen lies within what would be watched there.
    expect(start).toBeLessThanOrEqual(first);
    expect(start + 200).toBeGreaterThanOrEqual(Math.min(1_000, first + rows));
  }
  return people;
}

describe("a long list", () => {
  test("is read in stretches, each person once, and each screenful can be watched", () => {
    const people = scrollThrough(ask(noPeople));
    expect(names(people)).toEqual(everybody.map((one) => one.name));
    expect(people.complete).toBe(true);
    expect(people.marks.length).toBeLessThanOrEqual(11);
  });

  test.for([0, 1, 80, 99, 100, 101, 150, 199, 200, 201, 250, 400, 999])(
    "of %i people ends in one watch",
    (count) => {
      const online = everybody.slice(0, count);
      for (const first of [0, 60, 150, 170]) {
        let people = noPeople;
        let asked = "";
        let watch = watchFor(people, first, first + 40);
        for (let i = 0; JSON.stringify(watch) !== asked; i++) {
          expect(i).toBeLessThan(10);
          asked = JSON.stringify(watch);
          people = ask(people, watch, [], online);
          watch = watchFor(people, first, first + 40);
        }
        expect(people.known.length).toBeGreaterThanOrEqual(Math.min(count, first + 40));
      }
    },
  );

  test("a page replaces only its own stretch", () => {
    const people = scrollThrough(ask(noPeople));
    const fewer = everybody.filter((one) => one.name !== "p0150");
    const after = ask(people, watchFor(people, 130, 170), [], fewer);
    expect(names(after)).toEqual(fewer.map((one) => one.name));
  });

  test("whoever is asked for beside the page is no row of it, and who is missing is offline", () => {
    const far = user("p0900").id;
    const gone = user("zoe").id;
    const people = ask(noPeople, watchFor(noPeople, 0, 0), [far, gone]);
    expect(people.known).toHaveLength(100);
    expect(people.heardOf[far]?.status).toBe("online");
    expect(people.heardOf[gone]?.status).toBe("offline");
  });
});

describe("changes", () => {
  test("somebody new takes the place of the name, somebody who left is gone, and twice is once", () => {
    let people = ask(noPeople, { from: topMark, limit: 100 }, [], [user("ada"), user("Grace")]);
    people = applyUserChanges(people, [
      { user: user("Bob"), online: true },
      { user: user("Bob"), online: true },
      { user: user("ada"), online: false },
    ]);
    expect(names(people)).toEqual(["Bob", "Grace"]);
    expect(people.heardOf["u-ada"]?.status).toBe("offline");
  });

  test("somebody beyond the known stretch appears only when it is read", () => {
    const people = ask(noPeople);
    expect(applyUserChanges(people, [{ user: user("zoe"), online: true }]).known).toHaveLength(100);
  });

  test("while searching, others do not appear", () => {
    const found = ask(searchPeople(ask(noPeople), "p09"));
    expect(found.known).toHaveLength(100);
    expect(names(applyUserChanges(found, [{ user: user("aaron"), online: true }]))).not.toContain("aaron");
    expect(names(applyUserChanges(found, [{ user: user("p0999x"), online: true }]))).toContain("p0999x");
  });
});

describe("searching", () => {
  test("an answer to an earlier search changes no row", () => {
    const typed = searchPeople(ask(noPeople), "p09");
    const late = addPage(typed, {
      type: "people-page",
      query: "p",
      from: topMark,
      limit: 100,
      ids: [],
      page: { users: [user("pablo")], count: 1 },
    });
    expect(late.known).toBe(typed.known);
  });

  test("starts over at the top, and ending it brings the list back", () => {
    const found = ask(searchPeople(scrollThrough(ask(noPeople)), "P099"));
    expect(names(found)).toEqual(everybody.slice(990).map((one) => one.name));
    expect(ask(searchPeople(found, "")).known).toHaveLength(100);
  });
});
