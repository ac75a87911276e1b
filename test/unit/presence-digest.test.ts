import { expect, test } from "vitest";
import { emptyDigest, toggle } from "../../services/presence/digest.ts";

const a = "00112233445566ff";
const b = "ffeeddccbbaa9988";

test("a digest does not depend on the order of coming and going", () => {
  const forwards = toggle(toggle(emptyDigest, a, "online"), b, "away");
  const backwards = toggle(toggle(emptyDigest, b, "away"), a, "online");
  expect(forwards).toBe(backwards);
  expect(forwards).toHaveLength(16);
});

test("who goes leaves no trace", () => {
  const both = toggle(toggle(emptyDigest, a, "online"), b, "online");
  expect(toggle(both, a, "online")).toBe(b);
  expect(toggle(toggle(both, a, "online"), b, "online")).toBe(emptyDigest);
});

test("the same connections with another status have another digest", () => {
  expect(toggle(emptyDigest, a, "online")).not.toBe(toggle(emptyDigest, a, "away"));
});
