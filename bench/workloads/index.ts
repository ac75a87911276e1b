import { durableSend } from "./durable-send.ts";
import { echo } from "./echo.ts";
import { growth } from "./growth.ts";
import { hotRoom } from "./hot-room.ts";
import { idle } from "./idle.ts";
import { presence } from "./presence.ts";
import { redisSendParts } from "./redis-send-parts.ts";
import { slowReaders } from "./slow-readers.ts";
import { smallRooms } from "./small-rooms.ts";
import { storm } from "./storm.ts";
import type { Workload } from "./workload.ts";

/** In the order in which they are run and shown. */
export const workloads: readonly Workload[] = [
  hotRoom,
  smallRooms,
  echo,
  durableSend,
  redisSendParts,
  idle,
  storm,
  presence,
  slowReaders,
  growth,
];
