import { describe, expect, test } from "vitest";
import { startBackend } from "../../../src/runtime/tf.ts";
import { sumsOf, termCounts } from "../../support/sums.ts";

// On webgpu in webgpu-kernels.test.ts: a start takes long there.
describe.each(["cpu", "wasm"] as const)("on %s", (name) => {
  test.each(termCounts)("%i terms are added up and freed", async (count) => {
    await startBackend(name);
    const { found, expected, leftOver } = await sumsOf(count);
    expect(found).toEqual(expected);
    expect(leftOver).toBe(0);
  });
});
