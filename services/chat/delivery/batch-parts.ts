import { type Batch, cursorOf, type Entry } from "../../logs/index.ts";

/** A batch in the parts in which it may be delivered; nearly always one. */
export function partsOf(batch: Batch, endsPart: (entry: Entry) => boolean): Batch[] {
  const parts: Batch[] = [];
  let start = 0;
  for (const [i, entry] of batch.entries.entries()) {
    if (i === batch.entries.length - 1 || !endsPart(entry)) continue;
    parts.push({
      events: batch.events.slice(start, i + 1),
      entries: batch.entries.slice(start, i + 1),
      cursor: cursorOf(entry),
    });
    start = i + 1;
  }
  if (start === 0) return [batch];
  parts.push({ ...batch, events: batch.events.slice(start), entries: batch.entries.slice(start) });
  return parts;
}
