import type { LoadRequest } from "../load/messages.ts";
import { startParley } from "../systems/parley.ts";
import { startPlain } from "../systems/peers.ts";
import type { System } from "../systems/system.ts";
import { createMeter, measureLoad } from "./measuring.ts";
import { drawRooms, roomsInTurn } from "./members.ts";
import { createFindings, pick, type Workload } from "./workload.ts";

const members = 10;

export const growth: Workload = {
  name: "growth",
  about: "What a message costs when there are more nodes, more rooms, more history, or more text",
  async run({ length, progress, generator }) {
    const { times, seconds, rate, users } = pick(length, {
      short: { times: 1, seconds: 2, rate: 100, users: 100 },
      full: { times: 5, seconds: 3, rate: 200, users: 500 },
    });
    const findings = createFindings(
      `rooms of ${members}, ${rate} messages a second of 100 bytes where nothing else is said; what the processes use anyhow is taken off`,
    );
    const load: Omit<LoadRequest, "group"> = {
      messagesPerSecond: rate,
      warmSeconds: 2,
      seconds,
      senders: members,
      attentive: 0,
      textBytes: 100,
    };

    async function add(system: System, what: string, asked: Partial<LoadRequest> = {}): Promise<void> {
      const resting = createMeter(system);
      await generator.tell("idle", { group: system.name, seconds: 2 }, resting.onWindow);
      const rest = await resting.used();
      const result = await measureLoad(generator, system, { ...load, ...asked });
      const used = result.serverCpuUs - (rest.serverCpuUs / 2) * result.seconds;
      const redis = result.redisCpuUs - (rest.redisCpuUs / 2) * result.seconds;
      findings.add(system.name, `server CPU a message, ${what}`, "µs", used / result.offered);
      findings.add(system.name, `Redis CPU a message, ${what}`, "µs", redis / result.offered);
    }

    async function connect(system: System, rooms: string[][], nodes = system.nodes): Promise<void> {
      await generator.tell("connect", {
        group: system.name,
        dialect: system.dialect,
        targets: nodes.map((node) => node.address),
        rooms,
      });
    }

    const perTime = 10;
    for (let time = 0; time < times; time++) {
      let step = 0;
      const doing = (what: string) =>
        progress(`${what}, ${time + 1}/${times}`, (time + step++ / perTime) / times);
      for (const nodes of [1, 2, 4]) {
        for (const start of [() => startParley({ nodes }), () => startPlain("B", { nodes })]) {
          const system = await start();
          try {
            doing(`${nodes} nodes, ${system.name}`);
            await connect(system, roomsInTurn(members, members), system.nodes.slice(0, 1));
            await add(system, `${nodes} nodes, all members on one`);
            await generator.tell("disconnect", { group: system.name });
          } finally {
            await system.stop();
          }
        }
      }
      for (const roomsEach of [1, 5]) {
        const system = await startParley({ nodes: 1 });
        try {
          const rooms = (users * roomsEach) / members;
          doing(`${rooms} rooms`);
          await connect(system, drawRooms({ rooms, members, roomsEach }));
          await add(system, `${rooms} rooms with ${users} users`, { senders: users });
          await generator.tell("disconnect", { group: system.name });
        } finally {
          await system.stop();
        }
      }
      const system = await startParley({ nodes: 1 });
      try {
        doing("history and text");
        await connect(system, roomsInTurn(members, members));
        await add(system, "new room");
        const memoryBefore = (await system.redis?.usedBytes()) ?? 0;
        const sent = await generator.tell("saturate", {
          group: system.name,
          warmSeconds: 0,
          // Some thousand messages: fewer than a room keeps.
          seconds: 1,
          senders: members,
          outstanding: 20,
          textBytes: 100,
        });
        const memory = ((await system.redis?.usedBytes()) ?? 0) - memoryBefore;
        findings.add(
          "Parley",
          "Redis memory a message of 100 bytes, with its id for a day",
          "B",
          memory / sent.acknowledged,
        );
        await add(system, "room with a long history");
        for (const textBytes of [1_000, 10_000])
          await add(system, `texts of ${textBytes} bytes`, { textBytes });
        await generator.tell("disconnect", { group: system.name });
      } finally {
        await system.stop();
      }
    }
    return findings;
  },
};
