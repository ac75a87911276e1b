import type { Actions, DialogName } from "../actions.ts";
import { lobbyId, type State } from "../state/model.ts";
import { statusAt } from "../state/status.ts";
import { MessageDialog } from "./message-dialogs.tsx";
import { HelpDialog, SettingsDialog } from "./page-dialogs.tsx";
import { CreateDialog, DirectoryDialog, InviteDialog, LeaveDialog } from "./room-dialogs.tsx";
import { StatusDialog } from "./status-dialog.tsx";
import { Switcher } from "./switcher.tsx";

/** All dialogs, which come together. */
export function ShownDialog(props: {
  state: State;
  actions: Actions;
  dialog: DialogName;
  onClose: () => void;
}) {
  const { state, actions, dialog, onClose } = props;
  const room = state.rooms[state.route.room ?? lobbyId];
  const common = { actions, onClose };
  if (typeof dialog === "object") {
    return room === undefined ? null : <MessageDialog {...common} dialog={dialog} room={room.id} />;
  }
  switch (dialog) {
    case "create":
      return <CreateDialog {...common} />;
    case "directory":
      return <DirectoryDialog {...common} />;
    case "status":
      return <StatusDialog {...common} own={statusAt(state.own, Date.now())} />;
    case "switcher":
      return <Switcher {...common} state={state} />;
    case "help":
      return <HelpDialog onClose={onClose} />;
    case "settings":
      return <SettingsDialog {...common} state={state} />;
    case "invite":
      return room === undefined ? null : <InviteDialog {...common} room={room} />;
    case "leave":
      return room === undefined ? null : <LeaveDialog {...common} room={room} />;
  }
}
