// A run's folder on a tiny model, as `fit` would leave it; on the T5 with the tensors of its golden numbers.

import { fold } from "../../src/runtime/adapters/fold.ts";
import { saveAdapter, saveFolded, saveManifest } from "../../src/runtime/adapters/save-adapter.ts";
import { concatRows, firstRows } from "../../src/runtime/graph-operations.ts";
import { tf, type Tensor2D } from "../../src/runtime/tf.ts";
import { createRunFolder, type RunFolder } from "../../src/runtime/train/run-folder.ts";
import type { TensorRecord } from "../../src/runtime/train/run-record.ts";
import type { Method } from "../../src/runtime/train/step.ts";
import type { TensorValues } from "../../src/runtime/weights/safetensors.ts";
import { sampleRecord } from "./sample-record.ts";
import { readGolden } from "./tiny-t5.ts";

/** input = [P ; x] */
export const plain: Method = ({ P }, x) => concatRows(P as Tensor2D, x);

/** input = [P ; x + AB] */
export const pair: Method = ({ P, A, B }, x) =>
  concatRows(P as Tensor2D, tf.add(x, firstRows(tf.matMul(A as Tensor2D, B as Tensor2D), x.shape[1])));

const rows = 16; // most tokens of an input

/** Exports: of the tiny T5 a prompt alone and with a pair, of the other tiny models one with a pair each. */
export const exportedRuns = ["plain", "pair", "gpt2", "llama", "bert"] as const;
export type ExportedRun = (typeof exportedRuns)[number];

const t5 = { name: "tiny-t5", architecture: "t5", width: 32 };
const backbones = {
  plain: t5,
  pair: t5,
  gpt2: { name: "tiny-gpt2", architecture: "gpt2", width: 24 },
  llama: { name: "tiny-llama", architecture: "llama", width: 24 },
  bert: { name: "tiny-bert", architecture: "bert", width: 32 },
} as const;

/** P `[length, width]`, and A `[rows, rank]` and B `[rank, width]` but for a plain prompt. */
export function exportedTensors(name: ExportedRun): readonly (readonly [string, TensorValues])[] {
  if (name === "plain" || name === "pair") {
    const golden = readGolden();
    return (name === "plain" ? (["P"] as const) : (["P", "A", "B"] as const)).map((tensor) => {
      const { shape, data } = golden[tensor];
      return [tensor, { shape, data: Float32Array.from(data) }];
    });
  }
  const { width } = backbones[name];
  const made = (shape: readonly [number, number], phase: number): TensorValues => {
    const data = Float32Array.from(
      { length: shape[0] * shape[1] },
      (_, at) => 0.5 * Math.sin(phase + 1.7 * at),
    );
    return { shape, data };
  };
  return [
    ["P", made([3, width], 0)],
    ["A", made([rows, 2], 1)],
    ["B", made([2, width], 2)],
  ];
}

/** The run's folder under `runs`; a backend must have been started. */
export async function tinyRun(runs: string, name: ExportedRun): Promise<RunFolder> {
  const values = exportedTensors(name);
  const backbone = backbones[name];
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
    backbone: { ...backbone, parameters: readGolden().parameters, sha256: "ab".repeat(32) },
  });
  const folder = createRunFolder(runs, name);
  saveAdapter(folder, record, new Map(values.map(([tensor, { data }]) => [tensor, data])));
  saveManifest(folder, record);
  const folded = await fold(name === "plain" ? plain : pair, new Map(values), rows, backbone.width);
  if (folded) saveFolded(folder, record, folded);
  return folder;
}
