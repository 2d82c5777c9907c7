// The webgpu backend on a software adapter; the gradients of single operations are tried in test/graph.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { DeviceError } from "../../../src/runtime/backends/device-error.ts";
import { choice } from "../../../src/runtime/data/choice.ts";
import { jsonl } from "../../../src/runtime/data/jsonl.ts";
import { loadTask } from "../../../src/runtime/data/load-task.ts";
import { concatRows, firstRows } from "../../../src/runtime/graph-operations.ts";
import { loadT5 } from "../../../src/runtime/models/t5.ts";
import {
  kaimingUniform,
  type TensorsOf,
  vocabulary,
  zeros,
} from "../../../src/runtime/prompts/initialisers.ts";
import { stdlib } from "../../../src/runtime/stdlib.ts";
import { startBackend, tf, type Tensor, type Tensor3D } from "../../../src/runtime/tf.ts";
import { runFit } from "../../../src/runtime/train/fit.ts";
import { randomValues, type Shape } from "../../support/finite-differences.ts";
import { MemoryStream } from "../../support/memory-stream.ts";
import { hasSoftwareAdapter, startSoftwareWebgpu } from "../../support/software-adapter.ts";
import { stubSettings } from "../../support/stub-method.ts";
import { relativeDifference } from "../../support/tiny-t5.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-webgpu-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const parameters = { P: vocabulary([10, 128]), A: kaimingUniform([48, 8]), B: zeros([8, 128]) };

/** The method of examples/quickstart.dept. */
function dept({ P, A, B }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  return concatRows(P, tf.add(x, firstRows(tf.matMul(A, B), x.shape[1]))); // [batch, 10 + n, 128]
}

function writeRows(): string {
  const file = path.join(folder, "rows.jsonl");
  const rows = [
    { text: "a small bird of the forest", label: "animal" },
    { text: "tall grass of wet meadows", label: "plant" },
  ];
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return file;
}

/** The losses of two steps of the quickstart on two rows. */
async function trainTwoSteps(backend: "webgpu" | "wasm"): Promise<readonly number[]> {
  const backbone = await loadT5(stdlib("data/wordnet-t5"), { width: 128 }, { backend });
  const rows = jsonl(writeRows());
  const splits = { train: rows, validation: rows, test: rows };
  const target = choice("label", { animal: "animal", plant: "plant" });
  const task = await loadTask(backbone, { ...splits, input: "{text}", target, maxTokens: 48 });
  const settings = { ...stubSettings(backbone, task), name: backend, parameters, input: dept };
  const record = await runFit(
    { ...settings, trained: 2_688, batch: 2, steps: 2, evaluateEvery: 2 },
    { runs: folder, steps: undefined, out: new MemoryStream(), log: new MemoryStream() },
  );
  backbone.dispose();
  return record.steps.map(({ loss }) => loss);
}

describe.skipIf(!hasSoftwareAdapter)("on a software adapter", () => {
  test("webgpu starts when it is named, and says that the adapter is slow", async () => {
    await startSoftwareWebgpu();
    expect((await startBackend()).description).toMatch(/^webgpu: TensorFlow\.js [\d.]+ on SwiftShader/);
  });

  test("two steps of the quickstart have the losses of wasm", async () => {
    await startSoftwareWebgpu();
    const losses = await trainTwoSteps("webgpu");
    expect(losses.length).toBe(2);
    expect(relativeDifference(losses, await trainTwoSteps("wasm"))).toBeLessThan(1e-4);
  }, 180_000);

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
  }, 180_000);

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
});

function filled(shape: Shape, name: string): Tensor {
  return tf.tensor(randomValues(shape, name), [...shape]);
}
