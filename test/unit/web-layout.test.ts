import { describe, expect, test } from "vitest";
import type { Message, RoomEvent } from "../../services/protocol/index.ts";
import { type Block, layOut } from "../../web/src/state/layout.ts";

const ada = { id: "u-ada" as never, name: "ada" };
const grace = { id: "u-grace" as never, name: "grace" };
const options = { me: ada, newAfter: null };

let seq = 0;
function message(by: typeof ada, at: string): Message {
  seq += 1;
  return { type: "message", seq, rev: seq, n: seq, id: `m-${seq}`, at: local(at), by, text: "hello" };
}

function member(user: typeof ada, joined: boolean, at: string): Extract<RoomEvent, { type: "member" }> {
  seq += 1;
  return { type: "member", seq, id: `j-${seq}`, at: local(at), by: user, user, joined };
}

/** Days are those of the clock on the wall here. */
function local(at: string): string {
  return new Date(at).toISOString();
}

function waiting(at: string) {
  seq += 1;
  return {
    id: `o-${seq}` as never,
    room: "lobby" as never,
    text: "…",
    at: local(at),
    state: "waiting" as const,
  };
}

const shape = (blocks: readonly Block[]) =>
  blocks.map((block) =>
    block.kind === "group"
      ? `${block.by.name} x${block.shown.length}`
      : block.kind === "members"
        ? `${block.people.map((person) => person.name).join("+")} ${block.joined ? "in" : "out"}`
        : block.kind,
  );

describe("groups", () => {
  test("one person within five minutes is one group; each message counts the time anew", () => {
    const [day] = layOut(
      [
        message(ada, "2026-11-24T10:00:00"),
        message(ada, "2026-11-24T10:04:59"),
        message(ada, "2026-11-24T10:09:58"),
        message(ada, "2026-11-24T10:14:58"),
        message(grace, "2026-11-24T10:15:00"),
      ],
      [],
      options,
    );
    expect(shape(day?.blocks ?? [])).toEqual(["ada x3", "ada x1", "grace x1"]);
  });

  test("messages that wait join one's own group at the end", () => {
    const entries = [message(grace, "2026-11-24T10:00:00"), message(ada, "2026-11-24T10:00:10")];
    const [day] = layOut(entries, [waiting("2026-11-24T10:00:20")], options);
    expect(shape(day?.blocks ?? [])).toEqual(["grace x1", "ada x2"]);
  });

  test("who came and who left stand between groups, those of one kind together", () => {
    const [day] = layOut(
      [
        message(ada, "2026-11-24T10:00:00"),
        member(grace, true, "2026-11-24T10:00:01"),
        member(ada, true, "2026-11-24T10:00:02"),
        member(grace, false, "2026-11-24T10:00:03"),
        message(ada, "2026-11-24T10:00:04"),
      ],
      [],
      options,
    );
    expect(shape(day?.blocks ?? [])).toEqual(["ada x1", "grace+ada in", "grace out", "ada x1"]);
  });
});

describe("days", () => {
  test("each day starts anew, also for one person within five minutes", () => {
    const days = layOut(
      [message(ada, "2026-11-23T23:59:00"), message(ada, "2026-11-24T00:01:00")],
      [],
      options,
    );
    expect(days.map((day) => day.key)).toEqual(["2026-11-23", "2026-11-24"]);
    expect(days.map((day) => shape(day.blocks))).toEqual([["ada x1"], ["ada x1"]]);
  });

  test("a clock that runs behind opens no day in the past", () => {
    const days = layOut(
      [message(ada, "2026-11-24T00:01:00"), message(grace, "2026-11-23T23:59:59")],
      [],
      options,
    );
    expect(days).toHaveLength(1);
  });
});

describe("the new line", () => {
  test("comes before the first message of others that was not read", () => {
    const entries = [
      message(grace, "2026-11-24T10:00:00"),
      message(ada, "2026-11-24T10:00:01"),
      message(grace, "2026-11-24T10:00:02"),
      message(grace, "2026-11-24T10:00:03"),
    ];
    const read = entries[0]?.n ?? 0;
    const [day] = layOut(entries, [], { me: ada, newAfter: read });
    expect(shape(day?.blocks ?? [])).toEqual(["grace x1", "ada x1", "new", "grace x2"]);
    expect(shape(layOut(entries, [], options)[0]?.blocks ?? [])).not.toContain("new");
  });
});
