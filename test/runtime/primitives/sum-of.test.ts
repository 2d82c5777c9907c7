import { describe, expect, test } from "vitest";
import { sumOf } from "../../../src/runtime/primitives/sum-of.ts";
import { startBackend, tf } from "../../../src/runtime/tf.ts";
import { hasSoftwareAdapter, startSoftwareWebgpu } from "../../support/software-adapter.ts";

describe.each(["cpu", "wasm", "webgpu"] as const)("on %s", (name) => {
  // 12 and 24 are the layers of T5-base's decoder and of T5-large's, and more terms than a device may have storage buffers for.
  test.skipIf(name === "webgpu" && !hasSoftwareAdapter).each([1, 2, 7, 8, 12, 24, 33])(
    "%i terms are added up and freed",
    async (count) => {
      await (name === "webgpu" ? startSoftwareWebgpu() : startBackend(name));
      const before = tf.memory().numTensors;
      const terms = Array.from({ length: count }, (_, index) => tf.tensor1d([index, 1, 0.5 ** (index + 1)]));
      const sum = sumOf(terms);
      expect(Array.from(await sum.data())).toEqual([
        (count * (count - 1)) / 2,
        count,
        Math.fround(1 - 0.5 ** count),
      ]);
      sum.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});
