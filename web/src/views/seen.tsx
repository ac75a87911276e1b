import type { ComponentChildren } from "preact";
import { listNames } from "../state/announce.ts";
import type { Person } from "../state/model.ts";
import { Avatar } from "./avatar.tsx";
import "./seen.css";

/** Who has read up to which message, by its id. */
export type Seen = ReadonlyMap<string, readonly Person[]>;

const faces = 3;

/** A message, and at its end those who have read this far. They take no place, so nothing moves when they come and go. */
export function SeenRow({
  by,
  children,
}: {
  by: readonly Person[] | undefined;
  children: ComponentChildren;
}) {
  return (
    <div class="seen-row">
      {children}
      {by === undefined ? null : (
        <span class="seen" title={`Seen by ${listNames(by.map(({ name }) => name))}`}>
          {by.slice(0, faces).map(({ id, name }) => (
            <Avatar key={id} id={id} name={name} small />
          ))}
          {by.length > faces ? <span aria-hidden="true">+{by.length - faces}</span> : null}
          <span class="quietly-hidden">Seen by {listNames(by.map(({ name }) => name))}</span>
        </span>
      )}
    </div>
  );
}
