/** Every key that does something of its own on the page: what handles it and what the help says are one thing. */
export const keys = {
  switcher: { press: "Mod+K", does: "Go to a room or a person" },
  people: { press: "Mod+Shift+K", does: "Find somebody who is online" },
  previousRoom: { press: "Alt+↑", does: "Go to the previous room" },
  nextRoom: { press: "Alt+↓", does: "Go to the next room" },
  editLast: {
    press: "↑",
    does: "Edit your last message, where nothing is written yet; Esc leaves it as it was",
  },
  messages: {
    press: "Shift+Tab",
    does: "From writing to the messages: ↑ and ↓ go from one to the next, Enter shows what you can do with it",
  },
  allRead: { press: "Shift+Esc", does: "Mark everything as read" },
  newest: { press: "Esc", does: "Back to writing, at the newest message" },
  help: { press: "Mod+/", does: "Show commands and keys" },
  strong: { press: "Mod+B", does: "Bold" },
  emphasis: { press: "Mod+I", does: "Italic" },
  strike: { press: "Mod+Shift+X", does: "Struck out" },
  code: { press: "Mod+E", does: "Code" },
  link: { press: "Mod+Shift+L", does: "Link" },
} as const;

export type KeyName = keyof typeof keys;

interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

const named: Record<string, string> = { "↑": "arrowup", "↓": "arrowdown", Esc: "escape" };

export function isPressed(name: KeyName, event: Pressed): boolean {
  const parts = keys[name].press.split("+");
  const last = parts.at(-1) ?? "";
  return (
    event.key.toLowerCase() === (named[last] ?? last.toLowerCase()) &&
    (event.ctrlKey || event.metaKey) === parts.includes("Mod") &&
    event.altKey === parts.includes("Alt") &&
    // Where a character needs Shift is a matter of the keyboard.
    (event.shiftKey === parts.includes("Shift") || !/[a-z↑↓]/i.test(last))
  );
}

/** As they stand on the keyboard in front of this person. */
export function keyCaps(name: KeyName, mac: boolean): string[] {
  return keys[name].press.split("+").map((part) => {
    if (part === "Mod") return mac ? "⌘" : "Ctrl";
    return part === "Alt" && mac ? "⌥" : part;
  });
}
