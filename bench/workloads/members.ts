import type { Dialect } from "../load/messages.ts";

/** Parley wants a room's id to be a UUID, so all get one. */
export function roomId(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
}

/**
 * Which rooms each user is in, when every user is in the same number of rooms and every room has the same number of
 * members. Drawn by a generator that starts the same each time, so that every system gets the same rooms.
 */
export function drawRooms(options: { rooms: number; members: number; roomsEach: number }): string[][] {
  const { rooms, members, roomsEach } = options;
  const random = seeded(20_260_101);
  const users = (rooms * members) / roomsEach;
  const drawn: string[][] = Array.from({ length: users }, () => []);
  const roomsAtOnce = rooms / roomsEach;
  for (let draw = 0; draw < roomsEach; draw++) {
    const order = shuffled(users, random);
    for (const [place, user] of order.entries())
      drawn[user]?.push(roomId(draw * roomsAtOnce + Math.floor(place / members)));
  }
  return drawn;
}

/** The first `members` users are in the first room, the next in the second, and so on; `first` is the number of the first room. */
export function roomsInTurn(users: number, members: number, first = 0): string[][] {
  return Array.from({ length: users }, (_, user) => [roomId(first + Math.floor(user / members))]);
}

/** The lobby, in which Parley puts everybody by itself, and rooms in turn. */
export function lobbyAndRooms(users: number, members: number, dialect: Dialect): string[][] {
  const lobby = dialect === "peer" ? ["lobby"] : [];
  return roomsInTurn(users, members).map((rooms) => [...lobby, ...rooms]);
}

function shuffled(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}

/** mulberry32, by Tommy Ettinger, in the public domain. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
