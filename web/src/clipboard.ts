import type { Note } from "./state/model.ts";

/** Puts a text into the clipboard, and answers with what to tell the person. */
export async function copyAndSay(text: string, window: Window): Promise<[string, Note["tone"]]> {
  return (await copyText(text, window))
    ? ["Copied.", "plain"]
    : ["This browser does not let a page copy.", "error"];
}

async function copyText(text: string, { document, navigator }: Window): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Not there where a page is served over plain HTTP, which is how a team first tries this out: the old way is.
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  const before = document.activeElement;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return copied;
}
