/** Everything that a formatted message can be made of. What is not here cannot reach the document. */
export type Block =
  | { readonly kind: "text"; readonly gap: number; readonly children: readonly Inline[] }
  | { readonly kind: "code"; readonly gap: number; readonly language: string; readonly text: string }
  | { readonly kind: "quote"; readonly gap: number; readonly blocks: readonly Block[] }
  | {
      readonly kind: "list";
      readonly gap: number;
      /** Number of the first item; null: a list without numbers. */
      readonly start: number | null;
      readonly items: readonly (readonly Block[])[];
    };

export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "link"; readonly href: string; readonly children: readonly Inline[] }
  | { readonly kind: "strong" | "emphasis" | "strike"; readonly children: readonly Inline[] };

/** The words of a stretch, without what they are formatted as. */
export function textOf(inlines: readonly Inline[]): string {
  return inlines.map((inline) => ("children" in inline ? textOf(inline.children) : inline.text)).join("");
}

/** Whether a text may hold formatting. Most messages do not, and those never wait for the parser. */
export function mayBeFormatted(text: string): boolean {
  return marks.test(text);
}

const marks = /[*_`]|~~|\]\(|^[ \t]*(?:>|[-+] |\d{1,9}[.)] )/m;
