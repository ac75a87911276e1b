import { useEffect, useState } from "preact/hooks";
import type { RequestAnswer } from "../../../services/protocol/index.ts";
import { type Actions, type MessageDialogName, type Problem, problemOf } from "../actions.ts";
import { plainText } from "../formatting/plain.ts";
import type { Message, RoomId } from "../state/model.ts";
import { Avatar } from "./avatar.tsx";
import { Dialog } from "./dialog.tsx";
import { EmojiPicker } from "./emoji-picker.tsx";
import { Moment } from "./times.tsx";
import "./message-dialogs.css";

interface Props {
  dialog: MessageDialogName;
  room: RoomId;
  /** Id of the person in front of it. */
  me: string | undefined;
  actions: Actions;
  onClose: () => void;
}

export function MessageDialog({ dialog, ...rest }: Props) {
  switch (dialog.name) {
    case "delete-message":
      return <DeleteDialog {...rest} message={dialog.message} />;
    case "message-versions":
      return <VersionsDialog {...rest} message={dialog.message} />;
    case "message-reactions":
      return <ReactionsDialog {...rest} message={dialog.message} emoji={dialog.emoji} />;
    case "react":
      return (
        <EmojiPicker
          label="React with an emoji"
          anchor={dialog.anchor}
          actions={rest.actions}
          onPick={(emoji) => rest.actions.react(rest.room, dialog.message, emoji, true)}
          onClose={rest.onClose}
        />
      );
  }
}

function DeleteDialog(props: Omit<Props, "dialog"> & { message: Message }) {
  const { room, message, actions, onClose } = props;
  const mine = message.by.id === props.me;
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);

  async function remove() {
    setBusy(true);
    const why = await actions.remove(room, message);
    setBusy(false);
    setProblem(why);
    if (why === undefined) onClose();
  }

  return (
    <Dialog title="Delete this message?" onClose={onClose}>
      <blockquote class="quoted" dir="auto">
        {plainText(message.text ?? "")}
      </blockquote>
      <p>
        Its text is erased for everybody, for good. A line stays that says that{" "}
        {mine ? "a message was deleted." : "you, who moderate here, deleted a message."}
      </p>
      <p class="field__problem" role="alert">
        {problem}
      </p>
      <div class="dialog__ways">
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="button button--danger" disabled={busy} onClick={() => void remove()}>
          Delete
        </button>
      </div>
    </Dialog>
  );
}

type OneMessage = Omit<Props, "dialog"> & { message: Message };

/** What an edited message said before. */
function VersionsDialog({ room, message, actions, onClose }: OneMessage) {
  const [known, setKnown] = useState<RequestAnswer<"message:versions">>();
  const [problem, setProblem] = useState<Problem>();

  function load(after?: RequestAnswer<"message:versions">) {
    actions.listVersions(room, message, after?.versions.at(-1)?.seq).then(
      ({ versions, more }) => setKnown({ versions: [...(after?.versions ?? []), ...versions], more }),
      (error: unknown) => setProblem(problemOf(error)),
    );
  }
  useEffect(() => load(), []);

  return (
    <Dialog title="Versions of this message" onClose={onClose}>
      <p class="field__problem" role="alert">
        {problem}
      </p>
      <ol class="versions">
        {known?.versions.map((version, i) => (
          <li key={version.seq}>
            <p class="versions__when">
              {i === 0 ? "Now, since " : version.seq === message.seq ? "First, " : ""}
              <Moment at={version.at} />
            </p>
            <blockquote class="quoted" dir="auto">
              {version.text}
            </blockquote>
          </li>
        ))}
      </ol>
      {known?.more ? (
        <button type="button" class="button button--small" onClick={() => load(known)}>
          Show older versions
        </button>
      ) : null}
    </Dialog>
  );
}

/** Who reacted, one emoji at a time. */
function ReactionsDialog({ room, message, emoji: first, actions, onClose }: OneMessage & { emoji: string }) {
  const [emoji, setEmoji] = useState(first);
  const [known, setKnown] = useState<RequestAnswer<"message:reactions">>();
  const [problem, setProblem] = useState<Problem>();

  function load(after?: RequestAnswer<"message:reactions">) {
    setProblem(undefined);
    actions.whoReacted(room, message, emoji, after?.cursor).then(
      (page) => setKnown({ ...page, people: [...(after?.people ?? []), ...page.people] }),
      (error: unknown) => setProblem(problemOf(error)),
    );
  }
  useEffect(() => {
    setKnown(undefined);
    load();
  }, [emoji]);

  return (
    <Dialog title="Who reacted" onClose={onClose}>
      <fieldset class="kinds">
        <legend class="quietly-hidden">Reaction</legend>
        {Object.entries(message.reactions ?? {}).map(([kind, { count }]) => (
          <label key={kind} class="kinds__one">
            <input
              type="radio"
              name="kind"
              class="quietly-hidden"
              checked={kind === emoji}
              onChange={() => setEmoji(kind)}
            />
            <bdi>{kind}</bdi> {count}
          </label>
        ))}
      </fieldset>
      <p class="field__problem" role="alert">
        {problem}
      </p>
      <ul class="reactors" aria-label={`Reacted with ${emoji}`}>
        {known?.people.map((person) => (
          <li key={person.id}>
            <Avatar id={person.id} name={person.name} small />
            <bdi>{person.name}</bdi>
          </li>
        ))}
      </ul>
      {known?.cursor === undefined ? null : (
        <button type="button" class="button button--small" onClick={() => load(known)}>
          Show more
        </button>
      )}
    </Dialog>
  );
}
