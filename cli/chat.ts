import type { NoticePayload, RequestName, RequestPayload, Room, RoomId } from "../services/protocol/index.ts";
import { parseCommand } from "../web/client/commands.ts";
import type { ClientEvent, ParleyClient } from "../web/client/contract.ts";
import { ClientError } from "../web/client/index.ts";
import { createActions } from "./actions.ts";
import { exitCodes } from "./options.ts";
import { createPatience } from "./patience.ts";
import { createSignal } from "./signal.ts";
import { createTelling } from "./telling.ts";
import { bannedLine, personLabel, removedLine, unreadLine } from "./transcript.ts";

export interface ChatDeps {
  client: ParleyClient;
  /** Messages and answers. */
  print: (text: string) => void;
  /** Messages that are for this person: direct ones, and those that mention them. */
  call: (text: string) => void;
  /** Everything that is about the program rather than the conversation. */
  note: (text: string) => void;
  /** Somebody sits there: mistakes are no failure of the whole, and a lost connection is waited for. */
  interactive: boolean;
  timeoutMs: number;
  uuid: () => string;
  /** Told where plain lines go. */
  onRoom?: (name: string) => void;
}

export interface Chat {
  /** Connects, does what the lines say, one after the other, and answers with the exit code. */
  run(lines: AsyncIterable<string>): Promise<number>;
  /** As if the input had ended. */
  stop(): void;
}

/** Lines are read no faster than they are delivered. */
const waitingLimit = 50;
/** At the start, the newest. */
const outsSaid = 5;

/** The conversation of one person at a terminal, or of one script. */
export function createChat(deps: ChatDeps): Chat {
  const { client, note } = deps;
  const rooms = new Map<RoomId, Room>();
  const told = new Set<string>();
  /** Sent from here: known already when they come back. */
  const own = new Set<string>();
  let failures = 0;
  let working = false;
  let welcomed = false;
  let wasOffline = false;
  let finishing = !deps.interactive;

  let over: (code: number) => void = () => {};
  const isOver = new Promise<number>((resolve) => {
    over = resolve;
  });
  let stopped: () => void = () => {};
  const isStopped = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  const patience = createPatience(deps.timeoutMs, () => {
    if (!welcomed) {
      note("The server could not be reached.");
      over(exitCodes.unreachable);
    } else over(undelivered() > 0 || working ? giveUp() : exitCodes.unreachable);
  });
  const changed = createSignal();
  const actions = createActions({
    ...deps,
    rooms,
    nameOf,
    ask,
    change: (name, change) => patiently(() => client.change(name, change)),
    fail,
    send: (room, text, extras) => void own.add(client.send(room, text, extras)),
  });
  const tell = createTelling({
    ...deps,
    roomOf,
    nameOf,
    actions,
    wasSentHere: (id) => own.delete(id),
  });

  function undelivered(): number {
    return client.outbox.length;
  }

  function giveUp(): number {
    const count = undelivered();
    if (count > 0)
      note(count === 1 ? "1 message was not delivered." : `${count} messages were not delivered.`);
    return exitCodes.notDelivered;
  }

  function fail(text: string) {
    failures += 1;
    note(text);
  }

  /** Waiting is only wasted while something should happen and nothing does. */
  function reconsider(progress: boolean) {
    const due = !welcomed || (finishing && (client.connection !== "online" || undelivered() > 0 || working));
    if (!due) patience.stop();
    else if (progress) patience.restart();
    else patience.start();
    changed.fire();
  }

  function greet({ user, online, rooms }: NoticePayload<"welcome">) {
    welcomed = true;
    note(`Signed in as ${personLabel(user)}. ${Math.max(1, online)} online. /help lists what you can type.`);
    if (!deps.interactive) return;
    const unread = unreadLine(rooms);
    if (unread !== undefined) note(unread);
    client.request("me:bans", {}).then(
      // A node from before an upgrade tells of no removals.
      ({ bans, removals = [] }) => {
        for (const ban of bans.slice(0, outsSaid)) note(bannedLine(ban));
        for (const removal of removals.slice(0, outsSaid)) note(removedLine(removal));
        const more = removals.length - outsSaid;
        if (more > 0)
          note(`You were also removed from ${more === 1 ? "another room" : `${more} other rooms`}.`);
        confirmRemovals(removals.map(({ room }) => room.id));
      },
      () => {
        // Trying to come in says it too.
      },
    );
  }

  /** Nobody need tell of these removals again. */
  function confirmRemovals(rooms: RoomId[]) {
    if (rooms.length === 0 || !deps.interactive) return;
    client.request("me:bans", { told: rooms }).catch(() => {
      // They are told once more, then.
    });
  }

  function heed(event: ClientEvent) {
    tell(event);
    switch (event.type) {
      case "welcome":
        for (const room of event.welcome.rooms) rooms.set(room.id, room);
        if (!welcomed) greet(event.welcome);
        break;
      case "connection":
        heedConnection(event);
        break;
      case "rooms":
        for (const room of event.rooms) rooms.set(room.id, room);
        break;
      case "me-events":
        confirmRemovals(
          event.events.flatMap((one) =>
            one.type === "room_removed" && one.how === "removed" ? [one.room] : [],
          ),
        );
        break;
      case "room-removed":
        actions.left(event.room);
        rooms.delete(event.room);
        break;
      case "outbox":
        for (const entry of event.entries) {
          if (entry.state !== "failed" || told.has(entry.id)) continue;
          told.add(entry.id);
          fail(
            `Not delivered to ${nameOf(entry.room)}: ${entry.error?.message ?? "no reason given"}: ${entry.text}`,
          );
        }
        break;
    }
    reconsider(event.type === "sent" || (event.type === "connection" && event.state === "online"));
  }

  function heedConnection({ state, error }: Extract<ClientEvent, { type: "connection" }>) {
    if (state === "online") {
      if (wasOffline) note("Connected again.");
      wasOffline = false;
    } else if (state === "offline" && !wasOffline) {
      wasOffline = true;
      note(
        `${welcomed ? "Disconnected; what you send waits, and goes out once connected again." : "Cannot connect; trying again."}${error ? ` ${error.message}` : ""}`,
      );
    } else if (state === "ended" && error !== undefined) {
      note(error.message);
      if (undelivered() > 0) giveUp();
      over(error.code === "invalid" ? exitCodes.wrongUsage : exitCodes.refused);
    }
  }

  function roomOf(id: RoomId): Room | undefined {
    return client.room(id) ?? rooms.get(id);
  }

  function nameOf(id: RoomId): string {
    return roomOf(id)?.name ?? "a room";
  }

  function ask<R extends RequestName>(name: R, payload: RequestPayload<R>) {
    return patiently(() => client.request(name, payload));
  }

  /** Waits out what passes by itself. */
  async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        const passes =
          error instanceof ClientError && (error.code === "unavailable" || error.code === "rate_limited");
        if (!passes || (deps.interactive && !finishing)) throw error;
        const pauseMs = error.retryAfterMs ?? 250;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        while (client.connection !== "online") await changed.next();
      }
    }
  }

  async function work(lines: AsyncIterable<string>): Promise<number> {
    while (!welcomed) await changed.next();
    const input = lines[Symbol.asyncIterator]();
    for (;;) {
      const next = await Promise.race([input.next(), isStopped]);
      if (next === undefined || next.done === true) break;
      working = true;
      reconsider(true);
      try {
        const command = parseCommand(next.value);
        // The node works on requests side by side; /leave must not overtake what was said before it.
        if (command.kind !== "text" && !deps.interactive) await delivered();
        if (!(await actions.obey(command))) break;
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        fail(`${next.value.split(/\s/)[0]}: ${error.message}`);
      } finally {
        working = false;
      }
      while (!deps.interactive && waiting() >= waitingLimit) await changed.next();
    }
    finishing = true;
    reconsider(true);
    await delivered();
    return undelivered() > 0 || (failures > 0 && !deps.interactive) ? exitCodes.notDelivered : exitCodes.done;
  }

  async function delivered() {
    while (waiting() > 0) await changed.next();
  }

  function waiting(): number {
    return client.outbox.filter((entry) => entry.state === "waiting").length;
  }

  return {
    async run(lines) {
      const deaf = client.listen(heed);
      reconsider(true);
      client.connect();
      try {
        return await Promise.race([work(lines), isOver]);
      } finally {
        deaf();
        patience.stop();
      }
    },
    stop: () => stopped(),
  };
}
