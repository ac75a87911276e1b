import { expect, it } from "vitest";
import { linesOf } from "../../cli/terminal.ts";

it("cuts a stream into lines wherever its chunks end", async () => {
  const whole = Buffer.from("été\r\n\nzwei ж\nlast");
  for (let cut = 0; cut <= whole.length; cut += 1) {
    const chunks = [whole.subarray(0, cut), whole.subarray(cut)];
    const lines: string[] = [];
    for await (const line of linesOf(streamOf(chunks))) lines.push(line);
    expect(lines).toEqual(["été", "", "zwei ж", "last"]);
  }
});

async function* streamOf<T>(chunks: readonly T[]) {
  yield* chunks;
}
