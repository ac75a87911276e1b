import { type Answer, auditTables, type Fence, type Leadership } from "./redis-leadership.ts";

/** Goes round all tables of presence, a piece at a time, so that nothing wrong in them stays for ever. */
export interface Audit {
  /** Looks at the next piece. */
  next(fence: Fence): Promise<Answer<{ table: string; mended: number }>>;
}

export function createAudit(leadership: Leadership): Audit {
  let place = 0;
  let cursor = "0";
  return {
    async next(fence) {
      const table = auditTables[place % auditTables.length] ?? "users";
      const answer = await leadership.audit(fence, table, cursor);
      if (answer.refused !== undefined) return answer;
      cursor = answer.cursor;
      if (cursor === "0") place += 1;
      return { nowMs: answer.nowMs, table, mended: answer.mended };
    },
  };
}
