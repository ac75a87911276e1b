import type { Actions, DialogName } from "../actions.ts";
import { lobbyId, type State } from "../state/model.ts";
import { statusAt } from "../state/status.ts";
import { MessageDialog } from "./message-dialogs.tsx";
import { onDemand } from "./on-demand.tsx";
import { HelpDialog, SettingsDialog } from "./page-dialogs.tsx";
import { RoomDialog } from "./room-dialogs.tsx";
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
  if (typeof dialog === "object" && "message" in dialog) {
    return room === undefined ? null : (
      <MessageDialog {...common} dialog={dialog} room={room.id} me={state.me?.id} />
    );
  }
  switch (dialog) {
    case "create":
    case "directory":
    case "invite":
    case "leave":
      return <RoomDialog {...common} dialog={dialog} room={room} online={namesOfOthers(state)} />;
    case "status":
      return <StatusDialog {...common} own={statusAt(state.own, Date.now())} />;
    case "switcher":
      return <Switcher {...common} state={state} />;
    case "pins":
    case "saved":
    case "threads":
      return <KeptDialog {...common} dialog={dialog} room={room} state={state} />;
    case "help":
      return <HelpDialog onClose={onClose} />;
    case "settings":
      return <SettingsDialog {...common} state={state} />;
    default:
      return room === undefined ? null : <ModerationDialog {...common} dialog={dialog} room={room} />;
  }
}

/** Whom one may want to invite, as far as they are known. */
const namesOfOthers = ({ people, me }: State) =>
  people.known.filter(({ id }) => id !== me?.id).map(({ name }) => name);

const KeptDialog = onDemand(() => import("./kept-dialogs.tsx").then((module) => module.KeptDialog));

/** Few people ever need them. */
const ModerationDialog = onDemand(() =>
  import("./moderation-dialogs.tsx").then((module) => module.ModerationDialog),
);
