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

function sender(limitMs: number, storeMs: number) {
  const written = { seq: 1, n: 1, atMs: 0, duplicate: false };
  return createSendMessage({
    limits: {
      message: () => after(limitMs, undefined),
      signIn: async () => {},
      typing: async () => {},
      roomChange: async () => {},
    },
    mentions: { allow: async () => {}, note: async () => {} } as unknown as Parameters<
      typeof createSendMessage
    >[0]["mentions"],
    messages: { send: () => after(storeMs, written) } as unknown as Parameters<
      typeof createSendMessage
    >[0]["messages"],
    threads: { answered: async () => {} } as unknown as Parameters<typeof createSendMessage>[0]["threads"],
    onSent: () => {},
  });
}

test("a send is answered within two seconds although each question to Redis is", async () => {
  const answer = sender(1_500, 1_500)(ada, hello).then(
    () => "stored",
    (error: { code: string; retryAfterMs: number }) => `${error.code} ${error.retryAfterMs}`,
  );
  await vi.advanceTimersByTimeAsync(1_999);
  await expect(Promise.race([answer, Promise.resolve("still waiting")])).resolves.toBe("unavailable 2000");
});

test("a send that is slow but in time is stored", async () => {
  const answer = sender(900, 900)(ada, hello);
  await vi.advanceTimersByTimeAsync(1_999);
  await expect(answer).resolves.toMatchObject({ seq: 1, n: 1 });
});
