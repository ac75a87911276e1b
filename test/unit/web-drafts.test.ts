import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RoomId } from "../../services/protocol/index.ts";
import type { ParleyClient } from "../../web/client/contract.ts";
import { createDrafts } from "../../web/src/drafts.ts";
import { createKept } from "../../web/src/kept.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const lobby = "lobby" as RoomId;

/** The server that all devices of one person share. */
function createServer() {
  const drafts = new Map<RoomId, { room: RoomId; text: string; revision: number }>();
  const devices = new Set<ReturnType<typeof createDrafts>>();
  let revision = 100;
  let sets = 0;
  function device() {
    let online = true;
    const kept = createKept(undefined);
    const client = {
      get connection() {
        return online ? "online" : "offline";
      },
      async request(name: string, payload: { room: RoomId; text: string }) {
        if (name === "drafts:mine") return { drafts: [...drafts.values()] };
        sets += 1;
        revision += 1;
        const draft = { room: payload.room, text: payload.text, revision };
        drafts.set(draft.room, draft);
        for (const other of devices) other.heard(draft);
        return { revision };
      },
    } as unknown as ParleyClient;
    const made = createDrafts({ kept, client: () => client });
    devices.add(made);
    return {
      ...made,
      type: (text: string) => made.keep(lobby, text),
      shown: () => made.of(lobby),
      drop() {
        online = false;
        devices.delete(made);
      },
      comeBack() {
        online = true;
        devices.add(made);
        made.ask();
      },
    };
  }
  return { device, text: () => drafts.get(lobby)?.text, sets: () => sets };
}

const pause = () => vi.advanceTimersByTimeAsync(2_000);

test("a draft follows to another device at a pause, is shown where one looks, and goes when it is sent", async () => {
  const server = createServer();
  const [phone, desk] = [server.device(), server.device()];
  const seen: string[] = [];
  const stop = desk.watch("lobby", (text) => seen.push(text));
  for (const text of ["h", "he", "hello"]) phone.type(text);
  await pause();
  expect(server.sets()).toBe(1);
  expect(desk.shown()).toBe("hello");
  phone.type("");
  await pause();
  expect(seen).toEqual(["hello", ""]);
  expect(server.text()).toBe("");
  stop();
  desk.type("again");
  await pause();
  expect(phone.shown()).toBe("again");
  expect(seen).toEqual(["hello", ""]);
});

test("what is typed and sent within one breath is nobody else's business", async () => {
  const server = createServer();
  const phone = server.device();
  phone.type("quick");
  phone.type("");
  await pause();
  expect(server.sets()).toBe(0);
});

test("what is being typed is never overwritten, and wins, because it came last", async () => {
  const server = createServer();
  const [phone, desk] = [server.device(), server.device()];
  phone.type("from the phone");
  await vi.advanceTimersByTimeAsync(1_000);
  desk.type("from the desk");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(desk.shown()).toBe("from the desk");
  await pause();
  expect(phone.shown()).toBe("from the desk");
  expect(server.text()).toBe("from the desk");
});

test("who was away keeps what was written there, and else takes what there is now", async () => {
  const server = createServer();
  const [phone, desk] = [server.device(), server.device()];
  phone.type("old");
  await pause();
  desk.drop();
  phone.type("newer");
  await pause();
  expect(desk.shown()).toBe("old");
  desk.comeBack();
  await pause();
  expect(desk.shown()).toBe("newer");

  desk.drop();
  desk.type("written in a tunnel");
  await pause();
  phone.type("");
  await pause();
  desk.comeBack();
  await pause();
  expect(desk.shown()).toBe("written in a tunnel");
  expect(phone.shown()).toBe("written in a tunnel");
});

test("an edit stays on the device, another tab's words are shown, and signing out forgets", async () => {
  const server = createServer();
  const phone = server.device();
  phone.keep("lobby/1", "an edit");
  await pause();
  expect(server.sets()).toBe(0);
  const seen: string[] = [];
  phone.watch("lobby", (text) => seen.push(text));
  phone.stored("parley.draft.lobby", "from a tab");
  phone.stored("parley.draft.lobby", null);
  phone.stored("parley.look", "{}");
  expect(seen).toEqual(["from a tab", ""]);
  phone.type("secret");
  phone.forget();
  await pause();
  expect(phone.shown()).toBe("");
  expect(phone.of("lobby/1")).toBe("");
  expect(server.sets()).toBe(0);
});

test("a page that goes tells what waits for a pause", async () => {
  const server = createServer();
  const [phone, desk] = [server.device(), server.device()];
  phone.type("unfin");
  phone.hurry();
  await vi.advanceTimersByTimeAsync(0);
  expect(desk.shown()).toBe("unfin");
});
