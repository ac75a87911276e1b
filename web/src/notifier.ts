import type { ClientEvent } from "../client/contract.ts";
import type { RoomId, State } from "./state/model.ts";
import type { Notice } from "./state/notice.ts";
import { statusAt } from "./state/status.ts";

/** Desktop notifications of mentions and direct messages, for somebody who asked for them and does not look. */
export function createNotifier(deps: {
  window: Window & typeof globalThis;
  state: () => State;
  wanted: () => boolean;
  hasAttention: () => boolean;
  open: (room: RoomId) => void;
}) {
  const { Notification } = deps.window;

  function show(notice: Notice | undefined) {
    if (notice === undefined) return;
    // One for each room, whatever tab or message it comes from.
    const shown = new Notification(notice.title, {
      body: notice.body,
      tag: `parley ${notice.room}`,
      icon: "/favicon.svg",
    });
    shown.onclick = () => {
      deps.window.focus();
      deps.open(notice.room);
      shown.close();
    };
  }

  return {
    supported: Notification !== undefined,
    /** To be called by a person's click: browsers ask for nothing else. Answers whether it is allowed. */
    async ask(): Promise<boolean> {
      if (Notification === undefined) return false;
      return (await Notification.requestPermission()) === "granted";
    },
    heed(event: ClientEvent) {
      if (Notification === undefined || !deps.wanted() || deps.hasAttention()) return;
      const { mode } = statusAt(deps.state().own, Date.now());
      if (Notification.permission !== "granted" || mode === "dnd") return;
      // As it is now: by the time that what it takes is here, the message may have been read.
      const state = deps.state();
      import("./state/notice.ts").then(
        ({ noticeOf }) => show(noticeOf(event, state)),
        () => {},
      );
    },
  };
}
