/** Who may be where: channels, private rooms, direct conversations, their members, and how far each has read. */
export {
  createRooms,
  type Entered,
  type RoomFacts,
  type Rooms,
  roomView,
} from "./redis-rooms.ts";
