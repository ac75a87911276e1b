import { startParley } from "../systems/parley.ts";
import { startPlain } from "../systems/peers.ts";
import { compareAtEqualLoad } from "./equal-load.ts";
import { drawRooms } from "./members.ts";
import { connectAll, createFindings, pick, type Workload } from "./workload.ts";

export const smallRooms: Workload = {
  name: "small-rooms",
  about: "Teams: many rooms of a few people, who are spread over four nodes",
  async run({ length, progress, generator, own }) {
    const { rooms, rate, times, seconds } = pick(length, {
      short: { rooms: 100, rate: 200, times: 1, seconds: 2 },
      full: { rooms: 500, rate: 500, times: 5, seconds: 3 },
    });
    const members = 10;
    const roomsEach = 5;
    const drawn = drawRooms({ rooms, members, roomsEach });
    const findings = createFindings(
      `4 nodes, ${rooms} rooms of ${members} members, ${drawn.length} users in ${roomsEach} rooms each, ${rate} messages a second of 100 bytes in all`,
    );
    const nodes = 4;
    const systems = [
      await own(startParley({ nodes })),
      await own(startPlain("B", { nodes })),
      await own(startPlain("B2", { nodes })),
    ];
    for (const [i, system] of systems.entries()) {
      progress(`signing in, ${system.name}`, i * 0.1);
      await connectAll(generator, system, drawn);
    }
    const load = {
      messagesPerSecond: rate,
      warmSeconds: 1,
      seconds,
      senders: drawn.length,
      attentive: 0,
      textBytes: 100,
    };
    await compareAtEqualLoad({
      context: { generator, progress },
      systems,
      load,
      times,
      at: "",
      shares: [0.3, 1],
      findings,
      countCommands: true,
    });
    return findings;
  },
};
