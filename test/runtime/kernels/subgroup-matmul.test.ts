// Matrix products by subgroups. SwiftShader has none; lavapipe has from Mesa 26.1 on, where VK_DRIVER_FILES names it.

import { describe, expect, test } from "vitest";
import { requestAdapter, type GpuAdapter } from "../../../src/runtime/backends/dawn.ts";
import { subgroupFeatures, subgroupShapeOf } from "../../../src/runtime/backends/subgroup-shape.ts";
import { linearKernel, stockMatMul, tiledMatMul } from "../../../src/runtime/kernels/webgpu/matmul.ts";
import { loadWebgpuBackend } from "../../../src/runtime/backends/tensorflow.ts";
import type { SubgroupShape } from "../../../src/runtime/kernels/webgpu/subgroup-matmul.ts";
import { makeHalfMatrix } from "../../../src/runtime/primitives/half-matrix.ts";
import { linear } from "../../../src/runtime/primitives/linear.ts";
import { tf, type Tensor2D, type Tensor3D } from "../../../src/runtime/tf.ts";
import { widen } from "../../../src/runtime/weights/half-precision.ts";
import { hasSoftwareAdapter, startSoftwareWebgpu } from "../../support/software-adapter.ts";
import {
  inputOf,
  loadTinyT5,
  readGolden,
  relativeDifference,
  targetsOf,
  tensorOf,
} from "../../support/tiny-t5.ts";

process.env["DEPT_SUBGROUP_MATRICES"] = "1"; // read when Dawn starts
// Loaded first: TensorFlow.js would take a device of its own where it finds Dawn.
await loadWebgpuBackend();
const adapter = hasSoftwareAdapter ? await requestAdapter() : undefined;
const shape = adapter && subgroupShapeOf(adapter);
if (!shape)
  process.stderr.write(
    "skipped: products by subgroups on webgpu: the adapter has none (lavapipe has from Mesa 26.1 on)\n",
  );

/** Numbers in ± `size`. */
function wave([batch, rows, columns]: readonly [number, number, number], phase: number, size = 1): Tensor3D {
  const values = Float32Array.from(
    { length: batch * rows * columns },
    (_, i) => size * Math.sin(phase + i * i * 0.37),
  );
  return tf.tensor3d(values, [batch, rows, columns]);
}

const sizes = [
  [1, 64, 64, 16],
  [2, 65, 70, 17],
  [1, 130, 68, 200],
] as const;

describe.skipIf(!shape)("by subgroups", () => {
  test.each([
    [false, false],
    [false, true],
    [true, false],
  ])("products are right to 22 bits, transposed %s and %s", async (transposeA, transposeB) => {
    const way = await start();
    for (const [batch, m, n, k] of sizes) {
      const a = wave(transposeA ? [batch, k, m] : [batch, m, k], 1);
      const b = wave(transposeB ? [batch, n, k] : [batch, k, n], 2);
      const found = tiledMatMul(a, b, transposeA, transposeB, way);
      const expected = stockMatMul(a, b, transposeA, transposeB);
      expect(relativeDifference(await found.data(), await expected.data())).toBeLessThan(1e-6);
      expect(await tiledMatMul(a, b, transposeA, transposeB, way).data()).toEqual(await found.data());
    }
  });

  test.each([1e-30, 1e-9, 1e6, 1e18])("numbers of the size of %d lose nothing", async (size) => {
    const way = await start();
    const [a, b] = [wave([1, 66, 40], 1, size), wave([1, 66, 40], 2)];
    const found = tiledMatMul(a, b, false, true, way);
    const expected = stockMatMul(a, b, false, true);
    expect(relativeDifference(await found.data(), await expected.data())).toBeLessThan(1e-6);
  });

  test("a matrix of zeros gives zeros, and what is not finite does not look finite", async () => {
    const way = await start();
    const b = wave([1, 64, 32], 2);
    expect((await tiledMatMul(tf.zeros([1, 64, 32]), b, false, true, way).data()).every((y) => y === 0)).toBe(
      true,
    );
    for (const strange of [Infinity, NaN]) {
      const a = tf.concat([wave([1, 63, 32], 1), tf.fill([1, 1, 32], strange)], 1) as Tensor3D;
      const row = (await tiledMatMul(a, b, false, true, way).data()).slice(63 * 64);
      expect(row.some(Number.isFinite)).toBe(false);
    }
  });

  test.each(["F16", "BF16"] as const)("matrices in %s have the bits of the widened ones", async (dtype) => {
    const way = await start();
    const [rows, columns] = [68, 40];
    const halves = Uint16Array.from({ length: rows * columns }, (_, i) => 0x3000 + ((i * 7919) % 0x0c00));
    const half = makeHalfMatrix(dtype, [rows, columns], halves);
    const wide = tf.tensor2d(widen(new Uint8Array(halves.buffer), dtype), [rows, columns]);
    const x = tf.reshape(wave([1, 66, columns], 1), [66, columns]) as Tensor2D;
    const found = await tiledMatMul(x, half, false, true, way).data();
    expect(found).toEqual(await tiledMatMul(x, wide, false, true, way).data());
  });

  test("a step goes by subgroups, with bias and residual, and a tiny T5 learns as with tiles", async () => {
    await start();
    const [x, weight] = [
      tf.reshape(wave([1, 66, 40], 1), [66, 40]),
      tf.reshape(wave([1, 70, 40], 2), [70, 40]),
    ];
    for (const onto of [tf.tensor1d(Array.from({ length: 70 }, (_, i) => i)), tf.ones([66, 70])]) {
      const given = [x, weight, onto] as unknown as Parameters<typeof linear>;
      const found = await linearKernel(...given).data();
      expect(relativeDifference(found, await linear.stock(...given).data())).toBeLessThan(1e-6);
    }
    const {
      batch,
      embeddings,
      loss: expected,
    } = readGolden() as ReturnType<typeof readGolden> & { loss: number };
    const backbone = await loadTinyT5("webgpu");
    const { loss } = backbone.lossAndGradient(tensorOf(embeddings), inputOf(batch), targetsOf(batch));
    expect(Math.abs((await loss.data())[0] ?? NaN)).toBeCloseTo(expected, 4);
  });
});

async function start(): Promise<SubgroupShape> {
  await startSoftwareWebgpu();
  if (!shape) throw new Error("no subgroups");
  return shape;
}

describe("the shape that an adapter multiplies", () => {
  const config = (M: number, N: number, K: number, componentType = "f16", resultComponentType = "f32") => ({
    ...{ componentType, resultComponentType, M, N, K },
  });
  const withInfo = (info: object, features: readonly string[] = subgroupFeatures) =>
    subgroupShapeOf({ info: { ...info }, features: new Set(features) } as unknown as GpuAdapter);

  const fixed = { subgroupMinSize: 32, subgroupMaxSize: 32 };

  test("is the largest of 16-bit numbers added up in 32 bits", () => {
    const subgroupMatrixConfigs = [
      config(16, 8, 8),
      config(16, 16, 16, "f16", "f16"),
      config(16, 16, 16),
      config(16, 16, 32, "u8", "u32"),
      config(64, 16, 16), // larger than a subgroup's part of the tile
    ];
    expect(withInfo({ ...fixed, subgroupMatrixConfigs })).toEqual({ m: 16, n: 16, k: 16, threads: 32 });
  });

  test("is none where subgroups have no fixed size, features are missing or nothing fits", () => {
    const subgroupMatrixConfigs = [config(8, 8, 8)];
    expect(withInfo({ subgroupMinSize: 8, subgroupMaxSize: 32, subgroupMatrixConfigs })).toBeUndefined();
    expect(withInfo({ ...fixed, subgroupMatrixConfigs }, ["shader-f16"])).toBeUndefined();
    expect(withInfo({ ...fixed, subgroupMatrixConfigs: [config(8, 8, 8, "f32")] })).toBeUndefined();
    expect(withInfo(fixed)).toBeUndefined();
    expect(withInfo({ ...fixed, subgroupMatrixConfigs })).toEqual({ m: 8, n: 8, k: 8, threads: 32 });
  });
});
