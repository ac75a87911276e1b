import { useState } from "preact/hooks";
import type { Actions } from "../actions.ts";
import type { Room } from "../state/model.ts";
import { Dialog } from "./dialog.tsx";
import { Outcome, useSubmit, Ways } from "./dialog-form.tsx";
import { DirectoryDialog } from "./directory.tsx";
import { NameField, TopicField } from "./room-fields.tsx";

interface DialogProps {
  actions: Actions;
  onClose: () => void;
}

/** Dialogs about rooms that everybody may open. `room`: the one on screen. */
export function RoomDialog({
  dialog,
  room,
  online,
  ...common
}: DialogProps & {
  dialog: "create" | "directory" | "invite" | "leave";
  room: Room | undefined;
  /** Names of others who are here now. */
  online: readonly string[];
}) {
  switch (dialog) {
    case "create":
      return <CreateDialog {...common} />;
    case "directory":
      return <DirectoryDialog {...common} />;
    case "invite":
      return room === undefined ? null : <InviteDialog {...common} room={room} online={online} />;
    case "leave":
      return room === undefined ? null : <LeaveDialog {...common} room={room} />;
  }
}

function CreateDialog({ actions, onClose }: DialogProps) {
  const [name, setName] = useState("");
  const [topic, setTopic] = useState("");
  const [kind, setKind] = useState<"channel" | "private">("channel");
  const form = useSubmit(() => actions.create(kind, name.trim(), topic), onClose);
  return (
    <Dialog title="Make a room" onClose={onClose}>
      <form onSubmit={form.submit}>
        <NameField id="room-name" value={name} onInput={setName} />
        <TopicField id="room-topic" label="Topic, if you like" value={topic} onInput={setTopic} />
        <fieldset class="choices">
          <legend>Who can read it</legend>
          <label class="choice">
            <input
              type="radio"
              name="kind"
              checked={kind === "channel"}
              onChange={() => setKind("channel")}
            />
            <span>
              Everybody
              <span class="choice__hint">A channel: others find it in the list and join.</span>
            </span>
          </label>
          <label class="choice">
            <input
              type="radio"
              name="kind"
              checked={kind === "private"}
              onChange={() => setKind("private")}
            />
            <span>
              Only those who are invited
              <span class="choice__hint">A private room: it is in nobody else’s list.</span>
            </span>
          </label>
        </fieldset>
        <Outcome problem={form.problem} />
        <Ways verb="Make the room" busy={form.busy} onClose={onClose} />
      </form>
    </Dialog>
  );
}

function InviteDialog(props: DialogProps & { room: Room; online: readonly string[] }) {
  const { room, actions, onClose } = props;
  const [name, setName] = useState("");
  const form = useSubmit(() => actions.invite(room.id, name), onClose);
  return (
    <Dialog title={`Invite somebody to ${room.name}`} onClose={onClose}>
      <form onSubmit={form.submit}>
        <div class="field">
          <label class="field__label" for="invite-name">
            Name, or number such as #3
          </label>
          <input
            id="invite-name"
            class="input"
            list="invite-names"
            required
            maxLength={64}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <datalist id="invite-names">
            {props.online.map((one) => (
              <option key={one} value={one} />
            ))}
          </datalist>
        </div>
        <Outcome problem={form.problem} />
        <Ways verb="Invite" busy={form.busy} onClose={onClose} />
      </form>
    </Dialog>
  );
}

function LeaveDialog({ room, actions, onClose }: DialogProps & { room: Room }) {
  const form = useSubmit(() => actions.leave(room.id), onClose);
  return (
    <Dialog title={`Leave ${room.name}?`} onClose={onClose}>
      <form onSubmit={form.submit}>
        <p>
          {room.kind === "private"
            ? "To come back you will need an invitation."
            : "You can join again at any time. What was said stays."}
          {room.role === "owner"
            ? " If no other owner is in it, the room passes to a moderator, or to another member."
            : null}
        </p>
        <Outcome problem={form.problem} />
        <Ways verb="Leave" busy={form.busy} onClose={onClose} />
      </form>
    </Dialog>
  );
}
