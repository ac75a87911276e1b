import type { MessageId, RoomId } from "../../services/protocol/index.ts";
import { createClient, type ParleyClient, type Store } from "../../web/client/index.ts";
import type { EntryOf, History } from "./history.ts";

export interface Device {
  readonly store: Store;
  /** Names what keeps the order of its messages: the device, until somebody signs out on it. */
  outbox: string;
  /** What was acknowledged here: whatever of it is in the outbox was lost since. */
  readonly acknowledged: Set<string>;
}

/** One tab of one person: the client library of the page, and a record of all that it does and shows. */
export interface Tab {
  readonly name: string;
  readonly client: ParleyClient;
  readonly rooms: readonly string[];
  /** How far each room was told. */
  position(room: string): number | undefined;
  /** Names on its list. */
  readonly people: ReadonlySet<string>;
  send(room: string, text: string): void;
  /** Its line is dead already: nobody learns that it closes. */
  vanish(): void;
  close(): void;
  signOut(): Promise<void>;
}

export interface TabDeps {
  readonly name: string;
  readonly user: string;
  readonly key: string;
  readonly url: string;
  readonly device: Device;
  readonly history: History;
  readonly random: () => number;
  /** Whether it shows the list of users; yes unless told. */
  readonly watches?: boolean;
}

export function createMemoryStore(): Store {
  const kept = new Map<string, string>();
  return {
    get: (key) => kept.get(key) ?? null,
    set: (key, value) => void kept.set(key, value),
    remove: (key) => void kept.delete(key),
  };
}

export function openTab(deps: TabDeps): Tab {
  const { name, user, device, history } = deps;
  const client = createClient({
    url: deps.url,
    credentials: { name: user, key: deps.key },
    store: device.store,
    random: deps.random,
  });
  const positions = new Map<string, number>();
  const people = new Set<string>();
  let online = false;
  let over = false;

  function follow(room: { id: string; seq: number }): void {
    if (positions.has(room.id)) return;
    positions.set(room.id, room.seq);
    history.add({ type: "follow", client: name, room: room.id, seq: room.seq });
  }

  function offline(why: EntryOf<"offline">["why"]): void {
    online = false;
    history.add({ type: "offline", client: name, user, why });
  }

  client.listen((event) => {
    if (over) return;
    switch (event.type) {
      case "welcome":
        online = true;
        history.add({ type: "online", client: name, user, ...history.welcomed(event.welcome) });
        for (const room of event.welcome.rooms) follow(room);
        return;
      case "connection":
        if (online && event.state !== "online") offline("cut");
        if (event.state === "ended") throw new Error(`${name} was sent away: ${JSON.stringify(event.error)}`);
        return;
      case "rooms":
        for (const room of event.rooms) follow(room);
        return;
      case "room-removed":
        positions.delete(event.room);
        history.add({ type: "unfollow", client: name, room: event.room });
        return;
      case "events":
        history.add({ type: "events", client: name, room: event.room, events: history.seen(event.events) });
        positions.set(event.room, event.events.at(-1)?.seq ?? 0);
        return;
      case "reset": {
        const { room, seq, messages } = event;
        history.add({ type: "reset", client: name, room, seq, messages: history.seen(messages) });
        positions.set(room, seq);
        return;
      }
      case "sent": {
        const { room, id, seq, n } = event;
        history.add({ type: "acknowledged", client: name, room, id, seq, n });
        device.acknowledged.add(id);
        return;
      }
      case "outbox":
        for (const { id, room, state, error } of event.entries) {
          if (device.acknowledged.delete(id)) history.add({ type: "again", client: name, room, id });
          if (state !== "failed") continue;
          history.add({ type: "refused", client: name, room, id, code: error?.code ?? "", final: true });
          client.discard(id);
        }
        return;
      case "users-changed":
        for (const change of event.changes) {
          if (change.online) people.add(change.user.name);
          else people.delete(change.user.name);
          history.add({
            type: "list-change",
            client: name,
            user: change.user.name,
            online: change.online,
          });
        }
    }
  });
  if (deps.watches ?? true) {
    client.watchUsers({ limit: 200 }, (page) => {
      if (over) return;
      people.clear();
      const users = page.users.map((one) => one.name);
      for (const one of users) people.add(one);
      history.add({ type: "list", client: name, users });
    });
  }
  history.add({ type: "arriving", client: name, user, sender: device.outbox });
  client.connect();

  return {
    name,
    client,
    people,
    get rooms() {
      return [...positions.keys()];
    },
    position: (room) => positions.get(room),
    send(room, text) {
      const id: MessageId = client.send(room as RoomId, text);
      history.add({ type: "send", client: name, user, room, id, text, sender: device.outbox });
    },
    vanish() {
      over = true;
      offline("vanished");
      client.close();
    },
    close() {
      over = true;
      client.close();
      offline("closed");
    },
    async signOut() {
      over = true;
      const told = client.signOut();
      // The connection is closed at once; whether the session ends with it is known when that is answered, if it is.
      offline("closed");
      await told.then(
        () => offline("signed-out"),
        () => {},
      );
    },
  };
}
