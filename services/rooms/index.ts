/** Who may be where: channels, private rooms, direct conversations, their members, and how far each has read. */
export { createRooms, type Entered, type Rooms } from "./redis-rooms.ts";
export { type RoomFacts, roomView } from "./room-view.ts";
