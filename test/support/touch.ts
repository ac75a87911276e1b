import type { Locator } from "playwright-core";

/** A finger is put on the element and taken away once something has come of it. */
export async function hold(element: Locator, until: Locator) {
  // It is where it will stay, and nothing is above it.
  await element.tap({ trial: true });
  const { x, y, width, height } = (await element.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const session = await element.page().context().newCDPSession(element.page());
  const touchPoints = [{ x: x + Math.min(40, width / 2), y: y + height / 2 }];
  await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
  await until.waitFor();
  await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}
