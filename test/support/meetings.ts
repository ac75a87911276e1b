import type { Visitor } from "./browser.ts";
import type { TestCluster } from "./cluster.ts";
import { nodeOf } from "./node-of.ts";
import type { Visitors } from "./visitors.ts";

export interface Meetings {
  /** Two people in a new room, on a node each; the first owns it. */
  meet(room: string): Promise<[Visitor, Visitor]>;
  /** The same, and a third. */
  gather(room: string): Promise<[Visitor, Visitor, Visitor]>;
}

/** People who meet in a room of their own. */
export function arrangeMeetings(arrive: Visitors["arrive"], cluster: () => TestCluster): Meetings {
  async function meet(room: string): Promise<[Visitor, Visitor]> {
    const first = await arrive(`${room} ada`);
    let second = await arrive(`${room} grace`);
    const node = await nodeOf(cluster(), first.name);
    for (let i = 1; (await nodeOf(cluster(), second.name)) === node && i < 10; i++)
      second = await arrive(`${room} grace ${i}`);
    await first.say(`/create ${room}`);
    await first.page.getByRole("heading", { level: 1, name: room }).waitFor();
    await join(second, room);
    return [first, second];
  }
  return {
    meet,
    async gather(room) {
      const third = await arrive(`${room} bob`);
      const two = await meet(room);
      await join(third, room);
      return [...two, third];
    },
  };
}

async function join(visitor: Visitor, room: string): Promise<void> {
  await visitor.say(`/join ${room}`);
  await visitor.page.getByRole("heading", { level: 1, name: room }).waitFor();
}

/** Cuts the line of somebody's browser, and waits until their page says so. */
export async function offline({ page }: Visitor): Promise<void> {
  await page.context().setOffline(true);
  await page.getByText("No connection.").waitFor();
}

/** The line is there again. */
export async function online({ page }: Visitor): Promise<void> {
  await page.context().setOffline(false);
  await page.getByText("Connected again.").waitFor();
}
