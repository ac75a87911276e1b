/** Every key that does something of its own on the page; the help says of each what that is. */
export const keys = {
  switcher: "Mod+K",
  people: "Mod+Shift+K",
  previousRoom: "Alt+↑",
  nextRoom: "Alt+↓",
  editLast: "↑",
  messages: "Shift+Tab",
  allRead: "Shift+Esc",
  newest: "Esc",
  help: "Mod+/",
  strong: "Mod+B",
  emphasis: "Mod+I",
  strike: "Mod+Shift+X",
  code: "Mod+E",
  link: "Mod+Shift+L",
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
  const parts = keys[name].split("+");
  const last = parts.at(-1) ?? "";
  return (
    event.key.toLowerCase() === (named[last] ?? last.toLowerCase()) &&
    (event.ctrlKey || event.metaKey) === parts.includes("Mod") &&
    event.altKey === parts.includes("Alt") &&
    // Where a character needs Shift is a matter of the keyboard.
    (event.shiftKey === parts.includes("Shift") || !/[a-z↑↓]/i.test(last))
  );
}
