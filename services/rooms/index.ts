/**
 * Who may be where: channels, private rooms, direct conversations, their members, and how far each has read.
 * What those with a role may do about it.
 */

export { allRead, createMarks, type Mark, type Marks } from "./redis-marks.ts";
export type { Moderation } from "./redis-moderation.ts";
export { createRooms, type Entered, type Rooms } from "./redis-rooms.ts";
export { muteView, type RoomFacts, roomView } from "./room-view.ts";
