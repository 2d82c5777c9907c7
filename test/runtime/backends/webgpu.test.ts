// The webgpu backend on a software adapter; the gradients of single operations are tried in test/graph.

import { describe, expect, test } from "vitest";
import { type BufferPool, trimPool } from "../../../src/runtime/backends/buffer-pool.ts";
import { DeviceError } from "../../../src/runtime/backends/device-error.ts";
import { inputBatch, targetBatch } from "../../../src/runtime/data/batches.ts";
import { concatRows, firstRows } from "../../../src/runtime/graph-operations.ts";
import { loadT5 } from "../../../src/runtime/models/t5.ts";
import {
  kaimingUniform,
  type TensorsOf,
  vocabulary,
  zeros,
} from "../../../src/runtime/prompts/initialisers.ts";
import { stdlib } from "../../../src/runtime/stdlib.ts";
import { describeStart, startBackend, tf, type Tensor, type Tensor3D } from "../../../src/runtime/tf.ts";
import { adamW } from "../../../src/runtime/train/adamw.ts";
import { createParameters, disposeParameters } from "../../../src/runtime/train/parameters.ts";
import { lossAndGradients, type Method, update } from "../../../src/runtime/train/step.ts";
import { randomValues, type Shape } from "../../support/finite-differences.ts";
import { hasSoftwareAdapter, startSoftwareWebgpu } from "../../support/software-adapter.ts";
import { relativeDifference } from "../../support/tiny-t5.ts";

const parameters = { P: vocabulary([10, 128]), A: kaimingUniform([48, 8]), B: zeros([8, 128]) };
const groups = {
  prompt: { tensors: ["P"], learningRate: 0.3 },
  pair: { tensors: ["A", "B"], learningRate: 5e-3 },
};

/** The method of examples/quickstart.dept. */
function dept({ P, A, B }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  return concatRows(P, tf.add(x, firstRows(tf.matMul(A, B), x.shape[1]))); // [batch, 10 + n, 128]
}

/** The losses of the quickstart's first two steps on two rows. */
async function trainTwoSteps(backend: "webgpu" | "wasm"): Promise<readonly number[]> {
  const backbone = await loadT5(stdlib("data/wordnet-t5"), { width: 128 }, { backend });
  const examples = ["a small bird of the forest", "tall grass of wet meadows"].map((text, label) => ({
    text,
    ids: Int32Array.from(backbone.tokenizer.encode(text).ids),
    label,
  }));
  const classes = ["animal", "plant"].map((text) => ({
    text,
    ids: [...backbone.tokenizer.encode(text).ids],
  }));
  const [input, targets] = [inputBatch(examples, backbone.padId), targetBatch(examples, classes)];
  const tensors = createParameters(parameters, groups, backbone, 42);
  const losses: number[] = [];
  for (const multiplier of [1, 0.5]) {
    const before = tf.memory().numTensors;
    const { loss, gradients } = await lossAndGradients(
      backbone,
      dept as unknown as Method,
      tensors,
      input,
      targets,
    );
    update(tensors, gradients, adamW(), multiplier, 1);
    losses.push(loss);
    if (losses.length > 1) expect(tf.memory().numTensors).toBe(before);
  }
  disposeParameters(tensors);
  backbone.dispose();
  return losses;
}

describe.skipIf(!hasSoftwareAdapter)("on a software adapter", () => {
  test("the automatic choice passes it over, and says so", async () => {
    const started = await startBackend();
    expect(started.name).not.toBe("webgpu");
    expect(describeStart(started)).toMatch(
      /^backend [^]*\n  not webgpu: .*(SwiftShader|llvmpipe).* computes on the processor/,
    );
  });

  test("webgpu starts when it is named, and says that the adapter is slow", async () => {
    await startSoftwareWebgpu();
    expect((await startBackend()).description).toMatch(
      /^webgpu: TensorFlow\.js [\d.]+ on (SwiftShader|llvmpipe)/,
    );
  });

  test("two steps of the quickstart have the losses of wasm", async () => {
    await startSoftwareWebgpu();
    const losses = await trainTwoSteps("webgpu");
    expect(losses.length).toBe(2);
    expect(relativeDifference(losses, await trainTwoSteps("wasm"))).toBeLessThan(1e-4);
  }, 300_000);

  test("the program that runs use for matrix products is right for every transpose", async () => {
    const shapes = {
      plain: [
        [9, 7],
        [7, 6],
      ],
      a: [
        [7, 9],
        [7, 6],
      ],
      b: [
        [8, 12],
        [8, 12],
      ],
      both: [
        [7, 9],
        [6, 7],
      ],
    };
    const products = () =>
      Object.entries(shapes).map(([which, [a = [], b = []]]) => {
        const [left, right] = [filled(a, "a"), filled(b, "b")];
        return tf.matMul(left, right, which === "a" || which === "both", which === "b" || which === "both");
      });
    await startBackend("cpu");
    const expected = await Promise.all(products().map((product) => product.data()));
    await startSoftwareWebgpu();
    tf.env().set("WEBGPU_MATMUL_PROGRAM_TYPE", 3);
    const found = await Promise.all(products().map((product) => product.data()));
    for (const [index, values] of found.entries()) {
      expect(relativeDifference(values, expected[index] ?? [])).toBeLessThan(1e-5);
    }
  }, 300_000);

  test("free buffers are given back where they hold too much, and computing goes on", async () => {
    await startSoftwareWebgpu();
    const { bufferManager } = tf.backend() as unknown as { readonly bufferManager: BufferPool };
    for (const rows of [100, 101, 102]) {
      const product = tf.tidy(() => tf.mul(filled([rows, 50], "rows"), 2));
      await product.data();
      product.dispose();
    }
    expect(bufferManager.numBytesAllocated).toBeGreaterThan(bufferManager.numBytesUsed);
    trimPool(bufferManager, 0);
    expect(bufferManager.numBytesAllocated).toBe(bufferManager.numBytesUsed);
    expect(Array.from(await tf.add([1, 2], [3, 4]).data())).toEqual([4, 6]);
  });

  test("an error of the device fails every read from then on, where tfjs would answer zeros", async () => {
    await startSoftwareWebgpu();
    const good = tf.add(filled([4, 5], "x"), 1);
    const padded = tf.pad(tf.ones([2, 2, 2, 2, 2]), [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 1],
    ]);
    await expect(padded.data()).rejects.toThrow(DeviceError);
    await expect(good.data()).rejects.toThrow(/backend webgpu: the device reports: .*WGSL.*vec5/);
  });

  test("a device that is lost fails every read", async () => {
    await startBackend("cpu");
    tf.removeBackend("webgpu"); // the one of the test before has failed
    await startSoftwareWebgpu();
    const sum = tf.add(filled([40, 50], "sum"), 1);
    const { device } = tf.backend() as unknown as { readonly device: { destroy(): void } };
    device.destroy();
    await expect(sum.data()).rejects.toThrow(DeviceError);
  });
});

function filled(shape: Shape, name: string): Tensor {
  return tf.tensor(randomValues(shape, name), [...shape]);
}
