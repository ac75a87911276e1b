import { expect, test } from "vitest";
import type { OwnBan, OwnRemoval } from "../../services/protocol/index.ts";
import { createOwnBans } from "../../web/src/own-bans.ts";
import { type Action, initialState, type State } from "../../web/src/state/model.ts";
import { reduce } from "../../web/src/state/reduce.ts";

const by = { id: "u-ada" as never, name: "ada" };
const court = { id: "court" as never, name: "court", kind: "channel" as const };
const yard = { id: "yard" as never, name: "yard", kind: "channel" as const };
const at = "2026-11-24T10:00:00.000Z";
const banFrom = (room: typeof court): OwnBan => ({ room, by, at, until: null });

/** Somebody whose server answers when the test says what. */
function start() {
  let state: State = initialState;
  let answer: (bans: OwnBan[], removals?: OwnRemoval[]) => void = () => {};
  const confirmed: string[][] = [];
  const notes: string[] = [];
  let toldAt = "";
  const dispatch = (action: Action) => {
    state = reduce(state, action, 0);
  };
  const bans = createOwnBans({
    state: () => state,
    client: () =>
      ({
        request: (_: string, { told }: { told?: string[] }) =>
          new Promise((resolve) => {
            if (told === undefined) answer = (bans, removals = []) => resolve({ bans, removals });
            else confirmed.push(told);
          }),
      }) as never,
    dispatch,
    note: (text) => void notes.push(text),
    told: {
      get: () => toldAt,
      keep(at) {
        toldAt = at;
      },
    },
  });
  const learn = async (...found: OwnBan[]) => {
    const done = bans.learn();
    answer(found);
    await done;
  };
  const learnRemovals = async (...removals: OwnRemoval[]) => {
    const done = bans.learn();
    answer([], removals);
    await done;
  };
  return {
    bans,
    notes,
    confirmed,
    dispatch,
    learn,
    learnRemovals,
    answer: (...found: OwnBan[]) => answer(found),
    now: () => state,
  };
}

test("a ban is said once, and gone when it was lifted", async () => {
  const { notes, learn, now } = start();
  await learn(banFrom(court));
  await learn(banFrom(court));
  expect(notes).toEqual(["ada banned you from court until somebody who moderates it lifts that."]);
  expect(now().goodbyes[court.id]).toMatchObject({ how: "banned", room: court, by: "ada" });
  await learn();
  expect(now().goodbyes).toEqual({});
});

test("a ban that is told while it is being asked outlives the older answer", async () => {
  const { bans, dispatch, answer, now } = start();
  const done = bans.learn();
  const out = { type: "room_removed", room: yard.id, how: "banned", until: null, seq: 1, id: "e", at, by };
  dispatch({ type: "me-events", events: [out as never] });
  answer();
  await done;
  expect(now().goodbyes[yard.id]).toMatchObject({ how: "banned" });
});

test("removals are all said, and that they were is told to the server", async () => {
  const { notes, confirmed, learnRemovals, now } = start();
  await learnRemovals({ room: court, by, at }, { room: yard, by, at });
  expect(notes).toEqual([
    expect.stringMatching(/^ada removed you from court on .*\. You were also removed from yard \(ada\)\.$/),
  ]);
  expect(confirmed).toEqual([[court.id, yard.id]]);
  expect(now().goodbyes[yard.id]).toMatchObject({ how: "removed", room: yard, by: "ada" });
  await learnRemovals();
  expect(notes).toHaveLength(1);
  expect(confirmed).toHaveLength(1);
});

test("of very many removals some are named, and the others counted", async () => {
  const { notes, confirmed, learnRemovals } = start();
  const rooms = Array.from({ length: 6 }, (_, i) => ({ ...court, id: `r${i}` as never, name: `room ${i}` }));
  await learnRemovals(...rooms.map((room) => ({ room, by, at })));
  expect(notes[0]).toMatch(/from room 1 \(ada\), room 2 \(ada\), room 3 \(ada\), 2 other rooms\.$/);
  expect(confirmed).toEqual([rooms.map(({ id }) => id)]);
});

test("a removal that is told as it happens is not told again at the next visit", () => {
  const { bans, notes, confirmed } = start();
  const out = { type: "room_removed", room: yard.id, seq: 1, id: "e", at, by };
  bans.heed([out as never]);
  expect(confirmed).toEqual([]);
  bans.heed([{ ...out, how: "removed" } as never]);
  expect(notes).toEqual(["ada removed you from a room."]);
  expect(confirmed).toEqual([[yard.id]]);
});
