/** Puts a text into the clipboard; false: the browser does not let a page do that. */
export async function copyText(text: string, { document, navigator }: Window): Promise<boolean> {
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
