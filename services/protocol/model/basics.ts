import { z } from "zod";

/**
 * Text that has a form in UTF-8. Half a surrogate pair has none: it would come back as another character, and a message
 * that holds one could not be read again where it is stored.
 */
const wellFormed = (text: string) => !/\p{Surrogate}/u.test(text);

export const textSchema = z.string().refine(wellFormed, "must be well-formed Unicode");

/** Characters that nobody sees: with them, two names could look the same, or like nothing at all. */
const invisible = /\p{Default_Ignorable_Code_Point}/u;

/** Names are 1 to 32 characters after trimming and NFKC: letters, digits, `.`, `_`, `-` and inner spaces of any script. */
export const nameSchema = z
  .string()
  .max(256, "must be at most 32 characters")
  .transform((name) => name.normalize("NFKC").trim().replace(/\s+/gu, " "))
  .pipe(
    z
      .string()
      .min(1, "must not be empty")
      .refine((name) => [...name].length <= 32, "must be at most 32 characters")
      .refine(
        (name) => /^(?!\p{M})[\p{L}\p{M}\p{N}._\- ]*$/u.test(name) && !invisible.test(name),
        "may hold letters, digits, '.', '_', '-' and spaces",
      ),
  )
  .describe("1 to 32 letters, digits, `.`, `_`, `-` and inner spaces of any script");

export const emojiSchema = textSchema.min(1).max(32);

export const timeSchema = z.iso.datetime().describe("ISO 8601 in UTC");

export const sequenceSchema = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
