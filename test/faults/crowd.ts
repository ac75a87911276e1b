import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Room, RoomId } from "../../services/protocol/index.ts";
import { signIn } from "../support/chat-client.ts";
import { eventually } from "../support/wait.ts";
import type { History } from "./history.ts";
import type { Random } from "./random.ts";
import { readList, readRoom } from "./readings.ts";
import { beginReunion, rewoundAt } from "./reunion.ts";
import { createMemoryStore, type Device, openTab, type Tab } from "./tab.ts";
import { createTerminal, type Terminal } from "./terminal.ts";
import { startVanishing } from "./vanishing.ts";

/** People who talk, come and go: what they do follows from the chances alone. */
export interface Crowd {
  readonly history: History;
  /** How many messages were made and acknowledged so far. */
  progress(): { sent: number; acknowledged: number; online: number; clients: number };
  /** Nobody acts any more, and everybody comes back and stays. */
  quiet(): Promise<void>;
  /** Waits until all show the same, at most that long; what is missing then is in the record. Answers with how long it took. */
  settle(withinMs: number): Promise<number>;
  /** Fresh readings of every room and of the list, from each of these nodes. */
  read(nodes: readonly { name: string; url: string }[]): Promise<void>;
  leave(): void;
}

export interface CrowdOptions {
  readonly url: string;
  /** The nodes without the balancer, for clients of the bare protocol. */
  readonly nodeUrls: () => readonly string[];
  readonly history: History;
  readonly random: Random;
  readonly people: number;
  readonly terminals: number;
  /** Milliseconds between two actions of one person, on average. */
  readonly everyMs: number;
  /** People are there whose line goes dead, so that nobody learns that they are gone. */
  readonly vanish: boolean;
  /** What a busy machine may add to times that are promised. */
  readonly slackMs: number;
}

interface Person {
  readonly user: string;
  readonly key: string;
  readonly devices: Device[];
  readonly tabs: Map<Device, Tab>;
  count: number;
}

/** Everybody is in and knows the rooms when this resolves. */
export async function gather(options: CrowdOptions): Promise<Crowd> {
  const { url, history, random, everyMs } = options;
  const mark = randomUUID().slice(0, 4);
  const host = createTerminal({
    name: "host",
    user: `host ${mark}`,
    url: () => url,
    history,
    random: random.fork("host"),
  });
  const terminals: Terminal[] = [];
  const persons: Person[] = [];
  let acting = true;

  await host.connect();
  const lobby = host.connection().welcome.rooms.find(({ id }) => id === "lobby");
  if (!lobby) throw new Error("there is no lobby");
  history.add({ type: "room", room: lobby.id, seq: lobby.seq, n: lobby.n });
  const rooms: Room[] = [lobby];
  for (const kind of ["channel", "channel", "private"] as const) {
    const { room } = await host
      .connection()
      .get("room:create", { name: `${kind} ${mark} ${rooms.length}`, kind });
    history.add({ type: "room", room: room.id, seq: room.seq, n: room.n });
    host.enter(room);
    rooms.push(room);
  }
  const channels = rooms.filter(({ id, kind }) => kind === "channel" && id !== "lobby");

  for (let i = 1; i <= options.people; i++) persons.push(newcomer(`p${i} ${mark}`));
  await Promise.all(
    persons.map(async (person) => {
      const tab = open(person, first(person));
      await eventually(() => tab.client.connection === "online", { timeoutMs: 20_000 });
      for (const { id } of channels) await tab.client.request("room:join", { room: id });
    }),
  );
  const secret = rooms.at(-1) as Room;
  for (const { user } of persons.slice(0, Math.ceil(persons.length / 2)))
    await host.connection().get("room:invite", { room: secret.id, to: { name: user } });
  for (let i = 1; i <= options.terminals; i++) {
    const chances = random.fork(`terminal ${i}`);
    const terminal = createTerminal({
      name: `t${i}`,
      user: `t${i} ${mark}`,
      // Through the balancer, or at a node of its choice: another one each time.
      url: () => (chances.chance(0.5) ? url : chances.pick(options.nodeUrls())),
      history,
      random: chances,
    });
    await terminal.connect();
    for (const { id } of channels)
      terminal.enter((await terminal.connection().get("room:join", { room: id })).room);
    terminals.push(terminal);
  }

  const vanishing = options.vanish
    ? await startVanishing({ url, history, random: random.fork("vanishing"), mark, slackMs: options.slackMs })
    : undefined;

  const lives = [
    ...persons.map((person, i) => {
      const chances = random.fork(person.user.split(" ")[0] ?? "");
      return i % 4 === 3 ? passBy(person, chances) : live(person, chances);
    }),
    ...terminals.map((terminal) => talk(terminal, random.fork(`${terminal.name} talks`))),
  ];

  function newcomer(user: string): Person {
    const devices = [device(`${user}/a`), device(`${user}/b`)];
    return { user, key: randomUUID(), devices, tabs: new Map(), count: 0 };
  }

  function device(id: string): Device {
    return { store: createMemoryStore(), outbox: id, acknowledged: new Set() };
  }

  function first(person: Person): Device {
    return person.devices[0] as Device;
  }

  function open(person: Person, on: Device): Tab {
    person.count += 1;
    const name = `${person.user.split(" ")[0]}.${person.count}`;
    const { user, key } = person;
    const chances = random.fork(name);
    const tab = openTab({ name, user, key, url, device: on, history, random: chances.next });
    person.tabs.set(on, tab);
    return tab;
  }

  function close(person: Person, on: Device): void {
    person.tabs.get(on)?.close();
    person.tabs.delete(on);
  }

  /** Waits, but not longer than people act. */
  async function wait(ms: number): Promise<void> {
    const untilMs = performance.now() + ms;
    while (acting && performance.now() < untilMs) await pause(Math.min(50, untilMs - performance.now()));
  }

  /** One after the other, each of whom leaves for good after a while: whoever stays on the list then is a ghost. */
  async function passBy(person: Person, chances: Random): Promise<void> {
    let here = person;
    for (let successors = 1; acting; successors++) {
      await live(here, chances, performance.now() + chances.between(4_000, 15_000));
      if (!acting) return;
      for (const each of [...here.tabs.keys()]) close(here, each);
      persons.splice(persons.indexOf(here), 1);
      here = newcomer(person.user.replace(" ", `x${successors} `));
      persons.push(here);
      open(here, first(here));
    }
  }

  async function live(person: Person, chances: Random, untilMs = Number.POSITIVE_INFINITY): Promise<void> {
    let said = 0;
    while (acting && performance.now() < untilMs) {
      await wait(chances.next() * 2 * everyMs);
      if (!acting) return;
      const what = chances.next();
      const on = chances.pick([...person.tabs.keys()]);
      const tab = person.tabs.get(on);
      if (!tab) continue;
      if (what < 0.8) {
        const known = rooms.filter(({ id }) => tab.client.room(id) !== undefined);
        if (known.length === 0) continue;
        said += 1;
        tab.send(chances.pick(known).id, `${person.user} says ${said}`);
      } else if (what < 0.84) {
        const room = chances.pick(channels).id;
        const request = tab.client.room(room) ? "room:leave" : "room:join";
        // Away, or not a member any more: so be it.
        await tab.client.request(request, { room }).catch(() => {});
      } else if (what < 0.87) {
        const room = tab.client.room("lobby" as RoomId);
        if (room) await tab.client.request("room:read", { room: room.id, n: room.n }).catch(() => {});
      } else if (what < 0.92) {
        close(person, on);
        await wait(chances.between(0, 1_500));
        open(person, on);
      } else if (what < 0.94) {
        for (const each of [...person.tabs.keys()]) close(person, each);
        await wait(chances.between(5_000, 12_000));
        open(person, on);
      } else if (what < 0.96) {
        if (person.tabs.size > 1) continue;
        person.tabs.delete(on);
        await tab.signOut();
        // The outbox is forgotten, also what is under way: what the device sends from now on does not wait for it.
        on.outbox = randomUUID();
        await wait(chances.between(0, 3_000));
        open(person, on);
      } else {
        const second = person.devices[1] as Device;
        if (!person.tabs.has(second)) open(person, second);
        else if (person.tabs.size > 1) close(person, second);
      }
    }
  }

  async function talk(terminal: Terminal, chances: Random): Promise<void> {
    for (let said = 1; acting; said++) {
      await wait(chances.next() * 2 * everyMs);
      if (acting) await terminal.send(chances.pick(terminal.rooms), `${terminal.user} says ${said}`);
    }
  }

  const tabs = () => persons.flatMap((person) => [...person.tabs.values()]);
  const everybody = () => [host, ...terminals, ...tabs()];

  /** The newest position that anybody is known to have reached in that room. */
  function head(room: string): number {
    const since = rewoundAt(history);
    let newest = 0;
    for (const entry of history.entries) {
      if (entry.t < since) continue;
      if (entry.type === "acknowledged" && entry.room === room) newest = Math.max(newest, entry.seq);
      else if (entry.type === "events" && entry.room === room) {
        // Who starts over with a page of messages knows of no other events before them.
        const seen =
          since < 0 ? entry.events.at(-1) : entry.events.findLast(({ type }) => type === "message");
        newest = Math.max(newest, seen?.seq ?? 0);
      }
    }
    return newest;
  }

  /** What is not yet as it should be, in words. */
  function missing(): string | undefined {
    for (const terminal of [host, ...terminals]) if (!terminal.online) return `${terminal.name} is not back`;
    for (const { name, client } of tabs()) {
      if (client.connection !== "online") return `${name} is ${client.connection}`;
      if (client.outbox.length > 0) return `${name} has ${client.outbox.length} messages to send`;
    }
    for (const { id } of rooms) {
      const newest = head(id);
      for (const one of everybody()) {
        const at = one.position(id);
        if (at !== undefined && at < newest) return `${one.name} is at ${at} of ${newest} in ${id}`;
      }
    }
    const names = new Set([
      host.user,
      ...terminals.map(({ user }) => user),
      ...persons.map(({ user }) => user),
    ]);
    for (const tab of tabs()) {
      for (const name of names) if (!tab.people.has(name)) return `${tab.name} does not list ${name}`;
      for (const name of tab.people)
        if (!names.has(name) && !vanishing?.mayShow(name)) return `${tab.name} lists ${name}`;
    }
    return undefined;
  }

  return {
    history,
    progress() {
      let [sent, acknowledged] = [0, 0];
      for (const { type } of history.entries) {
        if (type === "send") sent += 1;
        else if (type === "acknowledged") acknowledged += 1;
      }
      const here = tabs();
      const online = here.filter(({ client }) => client.connection === "online").length;
      return { sent, acknowledged, online, clients: here.length };
    },
    async quiet() {
      acting = false;
      vanishing?.stop();
      history.add({ type: "quiet" });
      await Promise.all(lives);
      for (const person of persons) if (person.tabs.size === 0) open(person, first(person));
    },
    async settle(withinMs) {
      const beganMs = performance.now();
      const followers = (room: string) =>
        everybody().flatMap((one) => (one.position(room) === undefined ? [] : [one.name]));
      const reunion =
        rewoundAt(history) < 0 ? undefined : await beginReunion({ history, host, rooms, followers });
      const missingYet = async () => missing() ?? (await reunion?.missing());
      const left = await eventually(async () => (await missingYet()) === undefined, {
        timeoutMs: withinMs,
        everyMs: 100,
      }).then(
        () => undefined,
        async () => (await missingYet().catch(String)) ?? "something until the last moment",
      );
      history.add(left === undefined ? { type: "settled" } : { type: "settled", missing: left });
      return performance.now() - beganMs;
    },
    async read(nodes) {
      await vanishing?.over();
      for (const { name, url } of nodes) {
        // A node whose subscriptions are being made again closes the transport, so that one tries again.
        const reader = await eventually(() => signIn(url, { token: host.token }));
        for (const room of rooms) await readRoom(reader, name, room, history);
        await readList(reader, name, history);
        reader.leave();
      }
    },
    leave() {
      acting = false;
      for (const person of persons) for (const each of [...person.tabs.keys()]) close(person, each);
      for (const terminal of [host, ...terminals]) terminal.close();
      vanishing?.close();
    },
  };
}
