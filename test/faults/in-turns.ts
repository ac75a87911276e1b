/**
 * Does them side by side. When one fails, `goOn` tells the others to come to an end, and its error is thrown when all have:
 * nothing of it is under way any more.
 */
export async function sideBySide(works: readonly ((goOn: () => boolean) => Promise<void>)[]): Promise<void> {
  let failed = false;
  const results = await Promise.allSettled(
    works.map(async (work) => {
      try {
        await work(() => !failed);
      } catch (error) {
        failed = true;
        throw error;
      }
    }),
  );
  const broken = results.find((result) => result.status === "rejected");
  if (broken) throw broken.reason;
}

/** Does it for 0, 1, … with so many under way at a time. */
export async function inTurns(
  times: number,
  atOnce: number,
  work: (i: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async (goOn: () => boolean) => {
    while (goOn() && next < times) await work(next++);
  };
  await sideBySide(Array.from({ length: atOnce }, () => lane));
}
