/**
 * The form in which names are compared and sorted: `Ada` and `ada` are one name. The start of a name folds to the start
 * of what the name folds to. Here on its own, so that the page can use it without the schemas.
 */
export function foldName(name: string): string {
  // A sigma at the end of a word has a form of its own, but what is the end of a query is not the end of a name.
  return name.normalize("NFKC").toLowerCase().normalize("NFKC").replaceAll("ς", "σ");
}
