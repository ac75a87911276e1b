import { expect, test } from "vitest";
import type { ParleyClient } from "../../web/client/contract.ts";
import { createMessageChanges } from "../../web/src/message-changes.ts";
import type { State } from "../../web/src/state/model.ts";
import { lobbyId } from "../../web/src/state/model.ts";

async function noteAfterEdit(error: object): Promise<string | undefined> {
  let note: string | undefined;
  const client = { change: () => Promise.reject(error) } as unknown as ParleyClient;
  const changes = createMessageChanges({
    state: () => ({ limits: null, editing: {} }) as unknown as State,
    client: () => client,
    note: (text) => {
      note = text;
    },
    mentionsIn: async () => ({}),
    stopEditing: () => {},
  });
  const message = { type: "message", seq: 1, n: 1, id: "m1" } as never;
  expect(await changes.edit(lobbyId, message, "again")).toBe(false);
  return note;
}

test("whoever may not edit is told why: the message is gone, or was changed too often", async () => {
  expect(await noteAfterEdit({ code: "conflict", field: "of" })).toBe("That message was deleted meanwhile.");
  expect(await noteAfterEdit({ code: "conflict", field: "text" })).toBe(
    "This message was changed too often. Write a new one.",
  );
  expect(await noteAfterEdit({ code: "unavailable" })).toMatch(/^There is no connection/);
});
