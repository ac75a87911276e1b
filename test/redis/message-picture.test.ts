import { expect, it } from "vitest";
import { cursorOf, genesis } from "../../services/logs/index.ts";
import { createMessages } from "../../services/messages/index.ts";
import type { Message, Person, RoomEvent, RoomId } from "../../services/protocol/index.ts";
import { emptyTimeline } from "../../web/src/state/model.ts";
import { addHistory, applyEvents } from "../../web/src/state/timeline.ts";
import { createRandom } from "../faults/random.ts";
import { ada, bob, createStage, eve, messageId, person, redisOfFile } from "./stage.ts";

const server = redisOfFile();
const lobby = "lobby" as RoomId;
const dan = person("dan");
const people = [ada, bob, eve, dan];

/** Also in which order the kinds of reactions stand, which equality does not look at. */
const picture = (entries: readonly (Message | object)[]) =>
  entries.map((entry) => [entry, Object.keys((entry as Message).reactions ?? {})]);

it("applying what happens gives the same as reading it again, for everybody and from any page read before", async () => {
  const stage = await createStage(server());
  const messages = createMessages({ ...stage, textBytes: 0 });
  const random = createRandom("picture");
  const { pick } = random;
  const written: { seq: number; id: ReturnType<typeof messageId>; by: Person }[] = [];
  const read = async (reader: Person) =>
    (await messages.history(reader.id, { room: lobby, limit: 200 })).messages;
  /** Pages that were read on the way, each with what it takes into account. */
  const pages: { reader: Person; page: readonly Message[]; from: number }[] = [];
  let newest = 0;

  for (let step = 0; step < 300; step++) {
    const by = pick(people);
    const target = written.length === 0 ? undefined : pick(written);
    const change = () => ({
      room: lobby,
      id: messageId(),
      of: { seq: target?.seq ?? 0, id: target?.id as never },
    });
    const what = random.between(0, 9);
    const outcome =
      target === undefined || what < 2
        ? messages.send(by, {
            room: lobby,
            id: messageId(),
            text: `said ${step}`,
            mentions: [pick(people).id],
          })
        : what < 4
          ? messages.edit(target.by, { ...change(), text: `edited ${step}` })
          : what < 5 && random.chance(0.25)
            ? messages.remove(target.by, change())
            : messages.react(by, { ...change(), emoji: pick(["👍", "🎉", "👀"]), on: random.chance(0.65) });
    const done = await outcome.catch(() => undefined);
    if (done === undefined) continue;
    newest = Math.max(newest, done.seq);
    if (target === undefined || what < 2) {
      const message = (await read(by)).at(-1);
      if (message !== undefined) written.push({ seq: message.seq, id: message.id as never, by });
    }
    if (step % 60 === 59) {
      const reader = pick(people);
      pages.push({ reader, page: await read(reader), from: newest });
    }
  }

  const missed = await messages.sync(ada.id, lobby, cursorOf(genesis), 10_000_000);
  if (!("events" in missed)) throw new Error("the log does not start at its start");
  const events = missed.events.map((event) => JSON.parse(event) as RoomEvent);
  expect(events.length).toBe(newest);
  for (const reader of people) {
    const live = applyEvents({ ...emptyTimeline, history: "complete" }, events, reader.id);
    expect(picture(live.entries)).toEqual(picture(await read(reader)));
  }
  for (const { reader, page, from } of pages) {
    const now = await read(reader);
    const after = events.filter((event) => event.seq > from);
    const pageFirst = applyEvents(addHistory(emptyTimeline, page, false, reader.id), after, reader.id);
    expect(picture(pageFirst.entries)).toEqual(picture(now));
    const eventsFirst = addHistory(applyEvents(emptyTimeline, after, reader.id), page, false, reader.id);
    expect(picture(eventsFirst.entries)).toEqual(picture(now));
  }
});
