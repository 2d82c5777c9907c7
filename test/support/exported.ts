// A run's folder on the tiny T5 with the tensors of its golden numbers, as `fit` would leave it.

import { fold } from "../../src/runtime/adapters/fold.ts";
import { saveAdapter, saveFolded, saveManifest } from "../../src/runtime/adapters/save-adapter.ts";
import { concatRows, firstRows } from "../../src/runtime/graph-operations.ts";
import { tf, type Tensor2D } from "../../src/runtime/tf.ts";
import { createRunFolder, type RunFolder } from "../../src/runtime/train/run-folder.ts";
import type { TensorRecord } from "../../src/runtime/train/run-record.ts";
import type { Method } from "../../src/runtime/train/step.ts";
import { sampleRecord } from "./sample-record.ts";
import { readGolden } from "./tiny-t5.ts";

/** input = [P ; x] */
export const plain: Method = ({ P }, x) => concatRows(P as Tensor2D, x);

/** input = [P ; x + AB] */
export const pair: Method = ({ P, A, B }, x) =>
  concatRows(P as Tensor2D, tf.add(x, firstRows(tf.matMul(A as Tensor2D, B as Tensor2D), x.shape[1])));

const rows = 16; // most tokens of an input

/** The run's folder under `runs`; a backend must have been started. */
export async function tinyRun(runs: string, name: "plain" | "pair"): Promise<RunFolder> {
  const golden = readGolden();
  const names = name === "plain" ? (["P"] as const) : (["P", "A", "B"] as const);
  const values = names.map((tensor) => {
    const { shape, data } = golden[tensor];
    return [tensor, { shape, data: Float32Array.from(data) }] as const;
  });
  const tensors = values.map(([tensor, { shape }]): TensorRecord => {
    return {
      name: tensor,
      shape,
      group: "g",
      learningRate: 0.1,
      weightDecay: 0,
      initialiser: { kind: "zeros", shape },
    };
  });
  const record = sampleRecord({
    name,
    spec: `sha256:${"5e".repeat(32)}`,
    tensors,
    trained: values.reduce((sum, [, { data }]) => sum + data.length, 0),
    backbone: {
      name: "tiny-t5",
      architecture: "T5 v1.0",
      width: 32,
      parameters: golden.parameters,
      sha256: "ab".repeat(32),
    },
  });
  const folder = createRunFolder(runs, name);
  saveAdapter(folder, record, new Map(values.map(([tensor, { data }]) => [tensor, data])));
  saveManifest(folder, record);
  const folded = await fold(name === "plain" ? plain : pair, new Map(values), rows, 32);
  if (folded) saveFolded(folder, record, folded);
  return folder;
}
