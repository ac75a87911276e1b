import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type Address, type Client, connectClient, type Greeting, TurnedAway } from "./client.ts";
import type { Dialect } from "./messages.ts";

export interface User {
  readonly index: number;
  readonly client: Client;
  readonly rooms: readonly string[];
  readonly welcome: Record<string, unknown>;
  /** Where each room stood when the user came into it. */
  readonly positions: Map<string, string>;
}

/** Users of one system, signed in and in their rooms. */
export interface Group {
  readonly users: readonly User[];
  /** How many members each room has. */
  readonly members: ReadonlyMap<string, readonly User[]>;
}

/** Sign-ins that are under way at a time. */
const handshakesAtOnce = 128;
const comeAgainMs = 500;
const triesAtMost = 20;

export async function connectGroup(
  dialect: Dialect,
  targets: readonly Address[],
  rooms: readonly (readonly string[])[],
  options: { names: string; roomsExist: boolean },
): Promise<Group> {
  const users: User[] = [];
  const known = new Set<string>();
  const made = new Map<string, Promise<Record<string, unknown>>>();
  await inParallel(rooms.length, async (index) => {
    const target = targets[index % targets.length];
    const own = rooms[index] ?? [];
    if (!target) throw new Error("there is no node to connect to");
    const name = `${options.names} ${index}`;
    const auth =
      dialect === "parley" ? { name, key: `${options.names}-${index}-${runKey}` } : { name, rooms: own };
    const { client, welcome } = await comeIn(target, auth);
    const positions = new Map<string, string>();
    users[index] = { index, client, rooms: own, welcome, positions };
    const remember = (answer: Record<string, unknown>) => {
      const { id, cursor } = answer.room as { id: string; cursor: string };
      positions.set(id, cursor);
    };
    if (dialect === "peer") return;
    for (const room of own) {
      if (options.roomsExist || known.has(room)) {
        await made.get(room);
        remember(await client.request("room:join", { room }));
      } else {
        known.add(room);
        const creating = client.request("room:create", {
          id: room,
          name: `bench ${room.slice(-12)}`,
          kind: "channel",
        });
        made.set(room, creating);
        remember(await creating);
      }
    }
  });
  const members = new Map<string, User[]>();
  for (const user of users) {
    for (const room of user.rooms) {
      const those = members.get(room);
      if (those) those.push(user);
      else members.set(room, [user]);
    }
  }
  return { users, members };
}

const runKey = randomUUID();

/** Comes again, as clients do, where a node that has too much to do turns them away. */
async function comeIn(target: Address, auth: object): Promise<Greeting> {
  for (let tries = 1; ; tries++) {
    try {
      return await connectClient(target, auth);
    } catch (error) {
      if (!(error instanceof TurnedAway) || tries === triesAtMost) throw error;
      await pause(comeAgainMs * (0.5 + Math.random()));
    }
  }
}

async function inParallel(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(handshakesAtOnce, count) }, async () => {
      while (next < count) await work(next++);
    }),
  );
}
