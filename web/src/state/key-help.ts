import { type KeyName, keys } from "./keys.ts";

/** What each key of the page does, in the order in which the help shows them. */
export const keyHelp: Record<KeyName, string> = {
  switcher: "Go to a room or a person",
  people: "Find somebody who is online",
  previousRoom: "Go to the previous room",
  nextRoom: "Go to the next room",
  editLast: "Edit your last message, where nothing is written yet; Esc leaves it as it was",
  messages:
    "From writing to the messages: ↑ and ↓ go from one to the next, Enter shows what you can do with it",
  allRead: "Mark everything as read",
  newest: "Back to writing, at the newest message",
  help: "Show commands and keys",
  strong: "Bold",
  emphasis: "Italic",
  strike: "Struck out",
  code: "Code",
  link: "Link",
};

/** As they stand on the keyboard in front of this person. */
export function keyCaps(name: KeyName, mac: boolean): string[] {
  return keys[name].split("+").map((part) => {
    if (part === "Mod") return mac ? "⌘" : "Ctrl";
    return part === "Alt" && mac ? "⌥" : part;
  });
}
