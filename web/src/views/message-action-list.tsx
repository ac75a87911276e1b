import type { ComponentType } from "preact";
import { type Actions, problemOf } from "../actions.ts";
import type { Keeping, KeptMessages } from "../kept-messages.ts";
import type { Message, MessageReference, Person, RoomId } from "../state/model.ts";
import { referenceTo } from "../state/quote.ts";
import { SmileIcon, ClockIcon as VersionsIcon } from "./icons.tsx";
import {
  CopyIcon,
  DeleteIcon,
  EditIcon,
  PeopleIcon,
  PinIcon,
  ReplyIcon,
  SaveIcon,
  ThreadIcon,
  UnreadIcon,
} from "./message-icons.tsx";

/** A message, and where and for whom it is shown. */
export interface MessageContext {
  readonly message: Message;
  readonly room: RoomId;
  readonly me: Person;
  readonly moderates: boolean;
  /** The thread of which this is the view. */
  readonly thread?: MessageReference;
  /** Undefined until it was asked for, which is done before it matters. */
  readonly keeping?: Keeping | undefined;
  readonly actions: Actions;
}

/** Something that can be done to a message: in the toolbar, in the menu, and by a key. */
export interface MessageAction {
  readonly key: string;
  readonly label: string;
  readonly Icon: ComponentType;
  /** The key that does it while the message has the focus, as `KeyboardEvent.key` names it. */
  readonly shortcut: string;
  /** Whether it has a place in the toolbar as well; the menu has them all. */
  readonly inToolbar: boolean;
  readonly dangerous?: true;
  /** Whether it fits only shows once it is known whether the message is kept. */
  readonly needsKeeping?: true;
  /** Whether this person can do it to this message. */
  fits(context: MessageContext): boolean;
  /** `anchor`: where the person pointed, for what opens beside it. */
  run(context: MessageContext, anchor: DOMRect): void;
}

const isMine = ({ message, me }: MessageContext) => message.by.id === me.id;
const isThere = ({ message }: MessageContext) => !message.deleted;

function keep(actions: Actions, work: (kept: KeptMessages) => unknown) {
  actions.keptMessages().then(work, (error: unknown) => actions.note(problemOf(error), "error"));
}

/** In the order in which they are shown. To add one is to add it here; what it does belongs to `Actions`. */
const messageActions: readonly MessageAction[] = [
  {
    key: "react",
    label: "React",
    Icon: SmileIcon,
    shortcut: "+",
    inToolbar: true,
    fits: isThere,
    run: ({ actions, message }, anchor) => actions.openDialog({ name: "react", message, anchor }),
  },
  {
    key: "reply",
    label: "Reply",
    Icon: ReplyIcon,
    shortcut: "r",
    inToolbar: true,
    fits: (context) => isThere(context) && context.thread === undefined,
    run: ({ actions, room, message }) => actions.startReplying(room, message),
  },
  {
    key: "thread",
    label: "Reply in a thread",
    Icon: ThreadIcon,
    shortcut: "t",
    inToolbar: true,
    fits: (context) => isThere(context) && context.thread === undefined,
    run: ({ actions, room, message }) =>
      actions.go({ room, about: false, thread: message.thread ?? referenceTo(message) }),
  },
  {
    key: "edit",
    label: "Edit",
    Icon: EditIcon,
    shortcut: "e",
    inToolbar: true,
    fits: (context) => isMine(context) && isThere(context),
    run: ({ actions, room, message }) => actions.startEditing(room, message),
  },
  {
    key: "copy",
    label: "Copy text",
    Icon: CopyIcon,
    shortcut: "c",
    inToolbar: false,
    fits: isThere,
    run: ({ actions, message }) => actions.copy(message.text ?? ""),
  },
  {
    key: "unread",
    label: "Mark as unread from here",
    Icon: UnreadIcon,
    shortcut: "u",
    inToolbar: false,
    fits: () => true,
    run: ({ actions, room, message }) => actions.markUnread(room, message),
  },
  {
    key: "reactions",
    label: "Who reacted",
    Icon: PeopleIcon,
    shortcut: "w",
    inToolbar: false,
    fits: ({ message }) => message.reactions !== undefined,
    run({ actions, message }) {
      const [emoji = ""] = Object.keys(message.reactions ?? {});
      actions.openDialog({ name: "message-reactions", message, emoji });
    },
  },
  {
    key: "versions",
    label: "Versions",
    Icon: VersionsIcon,
    shortcut: "v",
    inToolbar: false,
    fits: (context) => isThere(context) && context.message.editedAt !== undefined,
    run: ({ actions, message }) => actions.openDialog({ name: "message-versions", message }),
  },
  {
    key: "save",
    label: "Save for later",
    Icon: SaveIcon,
    shortcut: "s",
    inToolbar: false,
    needsKeeping: true,
    fits: (context) => isThere(context) && !context.keeping?.saved,
    run: ({ actions, room, message }) => keep(actions, (kept) => kept.save(room, message, true)),
  },
  {
    key: "unsave",
    label: "Remove from saved",
    Icon: SaveIcon,
    shortcut: "s",
    inToolbar: false,
    needsKeeping: true,
    fits: ({ keeping }) => keeping?.saved === true,
    run: ({ actions, room, message }) => keep(actions, (kept) => kept.save(room, message, false)),
  },
  {
    key: "pin",
    label: "Pin to this room",
    Icon: PinIcon,
    shortcut: "p",
    inToolbar: false,
    needsKeeping: true,
    fits: (context) => isThere(context) && !context.keeping?.pinned,
    run: ({ actions, room, message }) => keep(actions, (kept) => kept.pin(room, message, true)),
  },
  {
    key: "unpin",
    label: "Unpin",
    Icon: PinIcon,
    shortcut: "p",
    inToolbar: false,
    needsKeeping: true,
    fits: (context) => isThere(context) && context.keeping?.pinned === true,
    run: ({ actions, room, message }) => keep(actions, (kept) => kept.pin(room, message, false)),
  },
  {
    key: "delete",
    label: "Delete …",
    Icon: DeleteIcon,
    shortcut: "Delete",
    inToolbar: false,
    dangerous: true,
    fits: (context) => isMine(context) && isThere(context),
    run: ({ actions, message }) => actions.openDialog({ name: "delete-message", message }),
  },
  {
    key: "delete-as-moderator",
    label: "Delete as moderator …",
    Icon: DeleteIcon,
    shortcut: "Delete",
    inToolbar: false,
    dangerous: true,
    fits: (context) => context.moderates && !isMine(context) && isThere(context),
    run: ({ actions, message }) => actions.openDialog({ name: "delete-message", message }),
  },
];

export function actionsFor(context: MessageContext): readonly MessageAction[] {
  return messageActions.filter((action) => action.fits(context));
}
