// The tiny T5s of test/fixtures/tiny-t5 and tiny-t5-1.1, and the numbers transformers computed with it.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BackendName } from "../../src/runtime/backends/backend-choice.ts";
import type { InputBatch, TargetBatch } from "../../src/runtime/models/backbone.ts";
import { loadT5 } from "../../src/runtime/models/t5.ts";
import { tf, type Tensor } from "../../src/runtime/tf.ts";

export const tinyT5Folder = fileURLToPath(new URL("../fixtures/tiny-t5", import.meta.url));

/** Gated gelu, a head of its own, no scaling. */
export const tinyT511Folder = fileURLToPath(new URL("../fixtures/tiny-t5-1.1", import.meta.url));

export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export interface GoldenBatch {
  readonly ids: readonly number[];
  readonly batch: number;
  readonly rows: number;
  readonly lengths: readonly number[];
  /** Padded with -100. */
  readonly targets: readonly number[];
  readonly columns: number;
}

export interface Golden {
  readonly parameters: number;
  readonly batch: GoldenBatch;
  readonly P: GoldenTensor;
  readonly A: GoldenTensor;
  readonly B: GoldenTensor;
  readonly embeddings: GoldenTensor;
  readonly logits: GoldenTensor;
  readonly loss: number;
  readonly gradients: Readonly<Record<"embeddings" | "P" | "A" | "B", GoldenTensor>>;
  readonly withoutPrompt: { readonly loss: number; readonly gradient: GoldenTensor };
  readonly choices: readonly (readonly number[])[];
  readonly choiceLogLikelihoods: GoldenTensor;
  readonly roundedLosses: Readonly<Record<"fp16" | "bf16", number>>;
}

export function readGolden(folder = tinyT5Folder): Golden {
  return JSON.parse(readFileSync(`${folder}/golden.json`, "utf8")) as Golden;
}

/** The tiny T5 on a backend. */
export async function loadTinyT5(backend: BackendName) {
  return loadT5(tinyT5Folder, { width: 32 }, { backend });
}

export function inputOf({ ids, batch, rows, lengths }: GoldenBatch): InputBatch {
  return { ids: Int32Array.from(ids), batch, rows, lengths: Int32Array.from(lengths) };
}

export function targetsOf({ targets, batch, columns }: GoldenBatch): TargetBatch {
  return { ids: Int32Array.from(targets), batch, columns };
}

export function tensorOf<T extends Tensor>({ shape, data }: GoldenTensor): T {
  return tf.tensor(Float32Array.from(data), [...shape]) as T;
}

/** Largest absolute difference; NaN where one side has one, Infinity where the lengths differ. */
export function largestDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < found.length; i++) {
    const difference = Math.abs((found[i] ?? NaN) - (expected[i] ?? NaN));
    largest = difference <= largest ? largest : difference;
  }
  return largest;
}

/** Largest absolute difference over the largest expected value. */
export function relativeDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  const scale = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largestDifference(found, expected) / scale;
}
