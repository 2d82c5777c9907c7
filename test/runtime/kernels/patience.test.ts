import { expect, test } from "vitest";
import { makePatience } from "../../../src/runtime/kernels/patience.ts";

test("after a long wait the main thread goes on alone, each time for longer, a second at most", () => {
  const patience = makePatience();
  expect(patience.shares(0)).toBe(true);
  patience.waited(0.2, 100);
  expect(patience.shares(100)).toBe(true);
  let now = 100;
  for (const alone of [10, 20, 40, 80, 160, 320, 640, 1000, 1000]) {
    patience.waited(5, now);
    expect([patience.shares(now + alone - 1), patience.shares(now + alone)]).toEqual([false, true]);
    now += alone;
  }
  for (let job = 0; job < 100; job++) patience.waited(0, now);
  patience.waited(5, now);
  expect(patience.shares(now + 10)).toBe(true);
});
