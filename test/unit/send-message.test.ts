import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createSendMessage } from "../../services/chat/requests/messages.ts";
import type { Person, RequestInput } from "../../services/protocol/index.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const ada = { id: "u-ada", name: "ada" } as Person;
const hello = {
  room: "lobby",
  id: "6f2c1f0e-8d3e-4f6a-9c57-3b1f4a0d2e11",
  text: "hello",
} as RequestInput<"message:send">;
const after = <T>(ms: number, value: T) => new Promise<T>((resolve) => setTimeout(() => resolve(value), ms));

const written = { seq: 1, n: 1, atMs: 0, duplicate: false };

function sender(
  limit: () => Promise<void>,
  store: () => Promise<typeof written>,
  onOverload: () => void = () => {},
) {
  return createSendMessage({
    limits: {
      message: limit,
      messageAhead: () => false,
      signIn: async () => {},
      typing: async () => {},
      roomChange: async () => {},
    },
    mentions: { allow: async () => {}, note: async () => {} } as unknown as Parameters<
      typeof createSendMessage
    >[0]["mentions"],
    messages: { send: store } as unknown as Parameters<typeof createSendMessage>[0]["messages"],
    threads: { answered: async () => {} } as unknown as Parameters<typeof createSendMessage>[0]["threads"],
    onSent: () => {},
    onOverload,
  });
}

test("a send is answered within two seconds although each question to Redis is", async () => {
  const answer = sender(
    () => after(1_500, undefined),
    () => after(1_500, written),
  )(ada, hello).then(
    () => "stored",
    (error: { code: string; retryAfterMs: number }) => `${error.code} ${error.retryAfterMs}`,
  );
  await vi.advanceTimersByTimeAsync(1_999);
  await expect(Promise.race([answer, Promise.resolve("still waiting")])).resolves.toBe("unavailable 2000");
});

test("a send that is slow but in time is stored", async () => {
  const answer = sender(
    () => after(900, undefined),
    () => after(900, written),
  )(ada, hello);
  await vi.advanceTimersByTimeAsync(1_999);
  await expect(answer).resolves.toMatchObject({ seq: 1, n: 1 });
});

test("what is more than a node can store is refused at once, and the others are stored", async () => {
  const onOverload = vi.fn();
  let stored = () => {};
  const storing = new Promise<void>((resolve) => {
    stored = resolve;
  });
  const send = sender(
    async () => {},
    () => storing.then(() => written),
    onOverload,
  );
  const outcome = () =>
    send(ada, hello).then(
      () => "stored",
      (error: { code: string; retryAfterMs: number }) => `${error.code} ${error.retryAfterMs}`,
    );
  const first = Array.from({ length: 2_000 }, outcome);
  const more = Array.from({ length: 20 }, outcome);
  expect(new Set(await Promise.all(more))).toEqual(new Set(["unavailable 1000"]));
  expect(onOverload).toHaveBeenCalledTimes(20);
  stored();
  expect(new Set(await Promise.all(first))).toEqual(new Set(["stored"]));
  await expect(outcome()).resolves.toBe("stored");
});
