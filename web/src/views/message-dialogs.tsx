import { useState } from "preact/hooks";
import type { Actions, MessageDialogName, Problem } from "../actions.ts";
import type { Message, RoomId } from "../state/model.ts";
import { Dialog } from "./dialog.tsx";

interface Props {
  dialog: MessageDialogName;
  room: RoomId;
  actions: Actions;
  onClose: () => void;
}

export function MessageDialog({ dialog, ...rest }: Props) {
  switch (dialog.name) {
    case "delete-message":
      return <DeleteDialog {...rest} message={dialog.message} />;
  }
}

function DeleteDialog(props: Omit<Props, "dialog"> & { message: Message }) {
  const { room, message, actions, onClose } = props;
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
        {message.text}
      </blockquote>
      <p>Its text is erased for everybody, for good. A line stays that says that a message was deleted.</p>
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
