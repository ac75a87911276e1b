import type { RequestName, RequestPayload, Room, RoomId, User } from "../services/protocol/index.ts";
import { type Command, commands, parseCommand, usage } from "../web/client/commands.ts";
import type { ClientEvent, ParleyClient } from "../web/client/contract.ts";
import { ClientError } from "../web/client/index.ts";
import { exitCodes } from "./options.ts";
import { createPatience } from "./patience.ts";
import { personLabel, spokenLine, userLines } from "./transcript.ts";

export interface ChatDeps {
  client: ParleyClient;
  /** Messages and answers. */
  print: (text: string) => void;
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

const lobby = "lobby" as RoomId;
/** Lines are read no faster than they are delivered. */
const waitingLimit = 50;
const listLimit = 1_000;

/** The conversation of one person at a terminal, or of one script. */
export function createChat(deps: ChatDeps): Chat {
  const { client, print, note } = deps;
  const rooms = new Map<RoomId, Room>();
  const told = new Set<string>();
  /** Sent from here: known already when they come back. */
  const own = new Set<string>();
  let current = lobby;
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

  function heed(event: ClientEvent) {
    switch (event.type) {
      case "welcome":
        for (const room of event.welcome.rooms) rooms.set(room.id, room);
        if (!welcomed) {
          welcomed = true;
          const { user, online } = event.welcome;
          note(
            `Signed in as ${personLabel(user)}. ${Math.max(1, online)} online. /help lists what you can type.`,
          );
        }
        break;
      case "connection":
        heedConnection(event);
        break;
      case "rooms":
        for (const room of event.rooms) rooms.set(room.id, room);
        break;
      case "room-removed":
        if (event.room === current) go(lobby);
        rooms.delete(event.room);
        break;
      case "events":
        for (const entry of event.events) {
          if (entry.type !== "message" || own.delete(entry.id)) continue;
          const room = client.room(event.room) ?? rooms.get(event.room);
          print(spokenLine(room, entry, entry.by.id === client.me?.id));
        }
        break;
      case "reset":
        note(
          `The history of ${nameOf(event.room)} was rewritten; some of what was shown may not be there any more.`,
        );
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
      case "degraded":
        note(`The server has trouble (${event.reason}); what you send waits.`);
        break;
      case "recovered":
        note("The server has recovered.");
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
        `${welcomed ? "Disconnected" : "Cannot connect"}; trying again.${error ? ` ${error.message}` : ""}`,
      );
    } else if (state === "ended" && error !== undefined) {
      note(error.message);
      if (undelivered() > 0) giveUp();
      over(error.code === "invalid" ? exitCodes.wrongUsage : exitCodes.refused);
    }
  }

  function nameOf(id: RoomId): string {
    return (client.room(id) ?? rooms.get(id))?.name ?? "a room";
  }

  function go(room: RoomId) {
    current = room;
    deps.onRoom?.(nameOf(room));
  }

  function send(room: RoomId, text: string) {
    own.add(client.send(room, text));
  }

  /** A request that waits out what passes by itself. */
  async function ask<R extends RequestName>(name: R, payload: RequestPayload<R>) {
    for (;;) {
      try {
        return await client.request(name, payload);
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

  async function list(query: string | undefined) {
    const users: User[] = [];
    let page = await ask("users:list", query === undefined ? {} : { query });
    users.push(...page.users);
    while (page.cursor !== undefined && users.length < listLimit) {
      page = await ask("users:list", {
        ...(query === undefined ? {} : { query }),
        cursor: page.cursor,
      });
      users.push(...page.users);
    }
    for (const line of userLines(users, client.me?.id)) print(line);
    if (page.cursor !== undefined)
      note(`${page.count} are online; /list with the start of a name finds others.`);
    else if (users.length === 0) note("Nobody.");
  }

  async function message({ to, text }: Extract<Command, { kind: "message" }>) {
    const { room, user } = await ask("dm:open", { to });
    rooms.set(room.id, room);
    print(`to ${personLabel(user)}: ${text}`);
    send(room.id, text);
  }

  async function join(name: string) {
    const wanted = fold(name);
    const mine = [...rooms.values()].find((room) => room.kind !== "direct" && fold(room.name) === wanted);
    if (mine !== undefined) return enter(mine);
    let page = await ask("room:list", { query: name });
    for (;;) {
      const found = page.rooms.find((room) => fold(room.name) === wanted);
      if (found !== undefined) return enter((await ask("room:join", { room: found.id })).room);
      if (page.cursor === undefined) break;
      page = await ask("room:list", { query: name, cursor: page.cursor });
    }
    fail(`There is no room ${JSON.stringify(name)}; /create makes one.`);
  }

  function enter(room: Room) {
    rooms.set(room.id, room);
    go(room.id);
    note(`What you type goes to ${room.name} now.`);
  }

  async function leave() {
    if (current === lobby) return fail("Nobody can leave the lobby; /quit stops chatting.");
    const room = current;
    const name = nameOf(room);
    await ask("room:leave", { room });
    note(`You left ${name}; what you type goes to the lobby.`);
    go(lobby);
  }

  /** Answers whether to go on. */
  async function obey(command: Command): Promise<boolean> {
    switch (command.kind) {
      case "text":
        send(current, command.text);
        break;
      case "list":
        await list(command.query);
        break;
      case "message":
        await message(command);
        break;
      case "join":
        await join(command.name);
        break;
      case "create": {
        const kind = command.private ? "private" : "channel";
        const id = deps.uuid() as RoomId;
        enter((await ask("room:create", { id, name: command.name, kind })).room);
        break;
      }
      case "leave":
        await leave();
        break;
      case "help":
        for (const entry of commands) print(`${usage(entry)}\n${entry.does}`);
        print("anything else\nSay it in the lobby, or in the room you went into");
        break;
      case "quit":
        return false;
      case "error":
        fail(command.message);
        break;
      case "nothing":
        break;
    }
    return true;
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
        if (!(await obey(command))) break;
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

/** Names are compared without case, as the server does. */
function fold(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

/** Something that happens again and again, to wait for the next time of. */
function createSignal() {
  let waiting: (() => void)[] = [];
  return {
    next: () => new Promise<void>((resolve) => waiting.push(resolve)),
    fire() {
      const resolved = waiting;
      waiting = [];
      for (const resolve of resolved) resolve();
    },
  };
}
