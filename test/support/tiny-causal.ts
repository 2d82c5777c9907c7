// The tiny decoder-only models of test/fixtures/tiny-causal and the numbers transformers computed with them.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BackendName } from "../../src/runtime/backends/backend-choice.ts";
import type { InputBatch, TargetBatch } from "../../src/runtime/models/backbone.ts";
import { loadGpt2 } from "../../src/runtime/models/gpt2.ts";
import { loadLlama } from "../../src/runtime/models/llama.ts";
import type { CausalLanguageModel } from "../../src/runtime/models/load-causal.ts";
import type { GoldenTensor } from "./tiny-t5.ts";

export const tinyCausal = ["gpt2", "llama", "qwen", "mistral", "llama-tied"] as const;
export type TinyCausal = (typeof tinyCausal)[number];

export const tinyCausalFolder = (name: TinyCausal): string =>
  fileURLToPath(new URL(`../fixtures/tiny-causal/${name}`, import.meta.url));

export interface GoldenRun {
  readonly scores: GoldenTensor;
  readonly loss: number;
  readonly gradient: GoldenTensor;
  readonly choices: GoldenTensor;
  readonly greedy: readonly (readonly number[])[];
}

export interface CausalGolden {
  readonly versions: Readonly<Record<string, string>>;
  readonly parameters: number;
  readonly ids: readonly (readonly number[])[];
  readonly lengths: readonly number[];
  readonly targets: readonly (readonly number[])[];
  readonly choices: readonly (readonly number[])[];
  readonly embeddings: GoldenTensor;
  readonly prompted: GoldenRun;
  readonly plain: GoldenRun;
}

export function readCausalGolden(name: TinyCausal): CausalGolden {
  return JSON.parse(readFileSync(`${tinyCausalFolder(name)}/golden.json`, "utf8")) as CausalGolden;
}

export async function loadTinyCausal(name: TinyCausal, backend: BackendName): Promise<CausalLanguageModel> {
  const folder = tinyCausalFolder(name);
  if (name === "gpt2") return loadGpt2(folder, {}, { backend });
  return loadLlama(folder, { biases: name === "qwen" ? "qkv" : "none" }, { backend });
}

export function causalInput({ ids, lengths }: CausalGolden): InputBatch {
  return {
    ids: Int32Array.from(ids.flat()),
    batch: ids.length,
    rows: ids[0]?.length ?? 0,
    lengths: Int32Array.from(lengths),
  };
}

export function causalTargets({ targets }: CausalGolden): TargetBatch {
  const columns = Math.max(...targets.map((target) => target.length));
  const padded = targets.flatMap((target) => [
    ...target,
    ...Array<number>(columns - target.length).fill(-100),
  ]);
  return { ids: Int32Array.from(padded), batch: targets.length, columns };
}
