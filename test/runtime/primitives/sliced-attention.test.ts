// Attention in slices against attention whole: the same bits by examples and by heads, the same but for rounding by rows; and
// how large the matrices are that it makes.

import { expect, test } from "vitest";
import { attend, attendBackward } from "../../../src/runtime/primitives/attention.ts";
import { scoped } from "../../../src/runtime/primitives/consume.ts";
import {
  attendInSlices,
  attendInSlicesBackward,
  biasOver,
  mixInSlices,
} from "../../../src/runtime/primitives/sliced-attention.ts";
import {
  rangesOf,
  splitOf,
  withSliceBytes,
  type ScoreShape,
} from "../../../src/runtime/primitives/slices.ts";
import { startBackend, tf, type Tensor4D } from "../../../src/runtime/tf.ts";
import { hasSoftwareAdapter, startSoftwareWebgpu } from "../../support/software-adapter.ts";
import { relativeDifference } from "../../support/tiny-t5.ts";

type Shape = readonly [number, number, number, number];

function wave([a, b, c, d]: Shape, phase: number): Tensor4D {
  const values = Float32Array.from({ length: a * b * c * d }, (_, i) => Math.sin(phase + i * i * 0.21));
  return tf.tensor4d(values, [a, b, c, d]);
}

const [batch, heads, rows, prefix, headWidth] = [3, 4, 20, 3, 16] as const;
const keyRows = rows + prefix;

/** Forward and backward, whole where `bytes` is undefined: all answers by name. */
async function answersOf(bytes: number | undefined): Promise<Readonly<Record<string, Float32Array>>> {
  const query = wave([batch, heads, rows, headWidth], 1);
  const [key, value] = [
    wave([batch, heads, keyRows, headWidth], 2),
    wave([batch, heads, keyRows, headWidth], 3),
  ];
  const bias = [wave([1, heads, rows, rows], 4), wave([batch, 1, 1, rows], 5)];
  const dMixed = wave([batch, heads, rows, headWidth], 6);
  const made = [query, key, value, dMixed, ...bias];
  const before = tf.memory().numTensors;
  const answers = scoped(() => {
    if (bytes === undefined) {
      const { mixed, state } = attend(query, key, value, biasOver(keyRows, bias));
      const { dQuery, dKey, dValue, dScores } = attendBackward(dMixed, state);
      return { mixed, dQuery: dQuery(), dKey, dValue, dScores: tf.sum(dScores, 0) };
    }
    return withSliceBytes(bytes, () => {
      // The compositions, also where webgpu has kernels in their place.
      const { mixed } = mixInSlices.stock(query, key, value, bias);
      const state = { query, key, value, bias };
      const { dScores, ...gradients } = attendInSlicesBackward.stock(dMixed, state, true);
      if (!dScores) throw new Error("no gradient of the scores");
      return { mixed, ...gradients, dScores };
    });
  });
  const found: Record<string, Float32Array> = {};
  for (const [name, tensor] of Object.entries(answers)) {
    found[name] = (await tensor.data()) as Float32Array;
    tensor.dispose();
  }
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose(made);
  return found;
}

const ofHead = 4 * rows * keyRows; // bytes
const bounds = [
  ["an example", heads * ofHead],
  ["two examples and one", 2 * heads * ofHead],
  ["a head", ofHead],
  ["three heads and one", 3 * ofHead],
] as const;

async function expectSameBits(bytes: number, allowed: Readonly<Record<string, number>>): Promise<void> {
  const whole = await answersOf(undefined);
  const sliced = await answersOf(bytes);
  expect(Object.keys(sliced).sort()).toEqual(Object.keys(whole).sort());
  for (const [name, expected] of Object.entries(whole)) {
    const difference = relativeDifference(sliced[name] ?? [], expected);
    expect([name, difference <= (allowed[name] ?? 0), difference]).toEqual([name, true, difference]);
  }
}

const rounding = 1e-6;

for (const backend of ["cpu", "wasm"] as const) {
  const ofCpu: Readonly<Record<string, number>> = backend === "cpu" ? { dScores: rounding } : {}; // it sums in 64 bits
  test.each(bounds)(`slices of %s have the bits of the whole on ${backend}`, async (_, bytes) => {
    await startBackend(backend);
    await expectSameBits(bytes, ofCpu);
  });

  test.each([1, 7, 19])(`slices of %i rows round in another order on ${backend}`, async (count) => {
    await startBackend(backend);
    await expectSameBits(count * 4 * keyRows, { dKey: rounding, dValue: rounding, ...ofCpu });
  });
}

test.runIf(hasSoftwareAdapter).each(bounds)(
  "slices of %s have the bits of the whole on webgpu, but for the sum over the batch",
  async (_, bytes) => {
    await startSoftwareWebgpu();
    await expectSameBits(bytes, { dScores: rounding });
  },
);

test("no slice's matrices are larger than the bound", async () => {
  await startBackend("wasm");
  for (const bytes of [2 * heads * ofHead, 3 * ofHead, 7 * 4 * keyRows]) {
    const query = wave([batch, heads, rows, headWidth], 1);
    const key = wave([batch, heads, keyRows, headWidth], 2);
    const sizes: number[] = [];
    const original = tf.engine().makeTensorFromTensorInfo;
    tf.engine().makeTensorFromTensorInfo = function (info, ...others) {
      if (info.shape.at(-1) === keyRows)
        sizes.push(4 * info.shape.reduce((product, each) => product * each, 1));
      return original.call(this, info, ...others);
    };
    const bias = [wave([1, heads, rows, rows], 4), wave([batch, 1, 1, rows], 5)];
    const { mixed } = withSliceBytes(bytes, () => attendInSlices(query, key, key, bias));
    tf.engine().makeTensorFromTensorInfo = original;
    tf.dispose([query, key, mixed]);
    expect(sizes.length).toBeGreaterThan(3);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(bytes);
  }
});

test.each([
  [[8, 8, 512, 512], { axis: 0, count: 2 }],
  [[8, 12, 512, 512], { axis: 0, count: 1 }],
  [[1, 12, 1_024, 1_024], { axis: 1, count: 4 }],
  [[2, 12, 1_024, 1_024], { axis: 0, count: 1 }],
  [[1, 1, 4_096, 4_096], { axis: 2, count: 1_024 }],
  [[1, 1, 1, 8_000_000], undefined],
  [[2, 8, 512, 512], undefined],
] as const)("scores of %j are cut as they should be", (shape, split) => {
  expect(splitOf(shape as ScoreShape)).toEqual(split);
});

test("ranges cover an axis without a gap", () => {
  expect(rangesOf({ axis: 0, count: 3 }, 8)).toEqual([
    [0, 3],
    [3, 3],
    [6, 2],
  ]);
});
