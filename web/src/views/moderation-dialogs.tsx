import { useState } from "preact/hooks";
import type { Actions, PersonDialogName, RoomDialogName } from "../actions.ts";
import { everySoOften, lasting } from "../state/act-words.ts";
import { lobbyId, type Person, type Room } from "../state/model.ts";
import { roomTitle } from "../state/select.ts";
import { ActsDialog } from "./acts-dialog.tsx";
import { Dialog } from "./dialog.tsx";
import { Outcome, useSubmit, Ways } from "./dialog-form.tsx";
import { LimitedField } from "./limited-field.tsx";
import { NameField, TopicField } from "./room-fields.tsx";

interface Props {
  room: Room;
  actions: Actions;
  onClose: () => void;
}

/** Dialogs of those who moderate the room on screen. */
export function ModerationDialog({
  dialog,
  ...common
}: Props & { dialog: RoomDialogName | PersonDialogName }) {
  switch (dialog) {
    case "edit-room":
      return <EditDialog {...common} />;
    case "archive":
      return <ArchiveDialog {...common} />;
    case "acts":
      return <ActsDialog {...common} />;
    default:
      return dialog.name === "remove" ? (
        <RemoveDialog {...common} person={dialog.person} />
      ) : (
        <RestrictDialog {...common} act={dialog.name} person={dialog.person} />
      );
  }
}

const paces = [0, 5, 10, 30, 60, 300, 900, 3_600];

function EditDialog({ room, actions, onClose }: Props) {
  const [name, setName] = useState(room.name);
  const [topic, setTopic] = useState(room.topic ?? "");
  const [description, setDescription] = useState(room.description ?? "");
  const [pace, setPace] = useState(room.slowSeconds ?? 0);
  const isLobby = room.id === lobbyId;
  const form = useSubmit(async () => {
    const changed = {
      ...(isLobby || name.trim() === room.name ? {} : { name: name.trim() }),
      ...(topic.trim() === (room.topic ?? "") ? {} : { topic }),
      ...(description.trim() === (room.description ?? "") ? {} : { description }),
    };
    const problem =
      Object.keys(changed).length === 0
        ? undefined
        : await actions.moderate("room:update", { room: room.id, ...changed });
    if (problem !== undefined || pace === (room.slowSeconds ?? 0)) return problem;
    return actions.moderate("room:slow", { room: room.id, seconds: pace });
  }, onClose);
  return (
    <Dialog title={`Edit ${roomTitle(room)}`} onClose={onClose}>
      <form onSubmit={form.submit}>
        {isLobby ? null : <NameField id="edit-name" value={name} onInput={setName} />}
        <TopicField
          id="edit-topic"
          label="Topic"
          hint="What it is about now; shown beside the name."
          value={topic}
          onInput={setTopic}
        />
        <LimitedField
          id="edit-description"
          label="Description"
          hint="What it is for and what to keep to; shown beside the members."
          rows={3}
          most={2_000}
          value={description}
          onInput={setDescription}
        />
        <div class="field">
          <label class="field__label" for="edit-pace">
            Slow mode
          </label>
          <select
            id="edit-pace"
            class="input"
            value={pace}
            onChange={(event) => setPace(Number(event.currentTarget.value))}
          >
            {[...new Set([...paces, pace])]
              .sort((a, b) => a - b)
              .map((seconds) => (
                <option key={seconds} value={seconds}>
                  {seconds === 0 ? "Off" : `One message ${everySoOften(seconds)}`}
                </option>
              ))}
          </select>
        </div>
        <Outcome problem={form.problem} />
        <Ways verb="Save" busy={form.busy} onClose={onClose} />
      </form>
    </Dialog>
  );
}

function ArchiveDialog({ room, actions, onClose }: Props) {
  const on = !room.archived;
  const form = useSubmit(() => actions.moderate("room:archive", { room: room.id, on }), onClose);
  return (
    <Dialog title={on ? `Archive ${room.name}?` : `Open ${room.name} again?`} onClose={onClose}>
      <form onSubmit={form.submit}>
        <p>
          {on
            ? "Nobody can write in it or come in any more. Its members can still read it, and you can open it again."
            : "Its members can write again, and others can come in."}
        </p>
        <Outcome problem={form.problem} />
        <Ways verb={on ? "Archive" : "Open again"} busy={form.busy} onClose={onClose} />
      </form>
    </Dialog>
  );
}

function RemoveDialog({ room, person, actions, onClose }: Props & { person: Person }) {
  const to = { id: person.id };
  const form = useSubmit(() => actions.moderate("room:remove", { room: room.id, to }), onClose);
  return (
    <Dialog title={`Remove ${person.name}?`} onClose={onClose}>
      <form onSubmit={form.submit}>
        <p>
          {room.kind === "channel"
            ? "They can join again. To keep them out, ban them instead."
            : "To come back they will need an invitation."}
        </p>
        <Outcome problem={form.problem} />
        <Ways verb="Remove" busy={form.busy} onClose={onClose} dangerous />
      </form>
    </Dialog>
  );
}

const times = [600, 3_600, 86_400, 604_800, null];

function RestrictDialog(props: Props & { act: "mute" | "ban"; person: Person }) {
  const { room, act, person, actions, onClose } = props;
  const [seconds, setSeconds] = useState<number | null>(3_600);
  const [reason, setReason] = useState("");
  const verb = act === "mute" ? "Mute" : "Ban";
  const form = useSubmit(
    () =>
      actions.moderate(`room:${act}`, {
        room: room.id,
        to: { id: person.id },
        seconds,
        ...(reason.trim() === "" ? {} : { reason }),
      }),
    onClose,
  );
  return (
    <Dialog title={`${verb} ${person.name}?`} onClose={onClose}>
      <form onSubmit={form.submit}>
        <p>
          {act === "mute"
            ? "They can read along, but not write, until that is over."
            : "They are taken out at once and cannot come in, or be invited, until that is over."}
        </p>
        <fieldset class="choices">
          <legend>For how long</legend>
          {times.map((time) => (
            <label key={time} class="choice">
              <input type="radio" name="time" checked={seconds === time} onChange={() => setSeconds(time)} />
              <span>{time === null ? "Until somebody lifts it" : lasting(time)}</span>
            </label>
          ))}
        </fieldset>
        <LimitedField
          id="restrict-reason"
          label="Reason, if you like"
          hint={`${person.name} and those who moderate can read it.`}
          most={250}
          value={reason}
          onInput={setReason}
        />
        <Outcome problem={form.problem} />
        <Ways verb={verb} busy={form.busy} onClose={onClose} dangerous />
      </form>
    </Dialog>
  );
}
