import { expect, test } from "vitest";
import type { OwnBan } from "../../services/protocol/index.ts";
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
  let answer: (bans: OwnBan[]) => void = () => {};
  const notes: string[] = [];
  let toldAt = "";
  const dispatch = (action: Action) => {
    state = reduce(state, action, 0);
  };
  const bans = createOwnBans({
    state: () => state,
    client: () =>
      ({
        request: () =>
          new Promise((resolve) => {
            answer = (bans) => resolve({ bans });
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
  return { bans, notes, dispatch, learn, answer: (...found: OwnBan[]) => answer(found), now: () => state };
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
