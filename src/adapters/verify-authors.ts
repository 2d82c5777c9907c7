// The released adapters of Shi and Lipani (2024): a prompt and the pair, in `adapter_model.bin`.

import { type AdapterConfig, countOf } from "./adapter-config.ts";
import {
  checkFinite,
  checkMoved,
  checkNames,
  type ExpectedTensor,
  lastRowsUnmoved,
} from "./check-tensors.ts";
import type { HeldTensor, TensorFile } from "./tensor-file.ts";
import { type Finding, sizeOf, type Verification } from "./verification.ts";

/** `peft_type` of their configurations. */
export const authorsMethod = "PROMPT_TUNING_LORA";

/** Their baseline: a prompt of so many rows (section 4.1 of the paper). */
export const baselineLength = 100;

const names = {
  P: "prompt_embeddings",
  A: "prompt_encoder.lora_embedding_A",
  B: "prompt_encoder.lora_embedding_B",
} as const;

export interface AuthorsShapes {
  readonly length: number;
  readonly rank: number;
  /** Most tokens of an input. */
  readonly rows: number;
  readonly width: number;
  /** What their code multiplies A @ B with. */
  readonly scale: number;
}

/** Throws an OperationalError for a field that is missing or no positive whole number. */
export function authorsShapes(config: AdapterConfig): AuthorsShapes {
  const rank = countOf(config, "r");
  return {
    length: countOf(config, "num_virtual_tokens") * countOf(config, "num_transformer_submodules"),
    rank,
    rows: countOf(config, "max_length"),
    width: countOf(config, "token_dim"),
    scale: countOf(config, "lora_alpha") / Math.sqrt(rank),
  };
}

/** P `[length, width]`, A `[rows, rank]` and B `[rank, width]` by our names, where the file has them. */
export function authorsTensors({ tensors }: TensorFile): ReadonlyMap<"P" | "A" | "B", HeldTensor> {
  const found = (["P", "A", "B"] as const).map((name) => [name, tensors.get(names[name])] as const);
  return new Map(found.flatMap(([name, tensor]) => (tensor ? [[name, tensor] as const] : [])));
}

export function verifyAuthors(
  path: string,
  config: AdapterConfig,
  file: TensorFile | undefined,
): Verification {
  const { length, rank, rows, width } = authorsShapes(config);
  const expected: readonly ExpectedTensor[] = [
    { name: names.P, shape: [length, width] },
    { name: names.A, shape: [rows, rank] },
    { name: names.B, shape: [rank, width] },
  ];
  const trained = expected.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const { base, method } = config;
  const findings = [...checkBudget(trained, width), ...(file ? checkFile(expected, file, rank) : [])];
  return { path, format: "dept-authors", method, base, trained, weights: file !== undefined, findings };
}

function checkBudget(trained: number, width: number): readonly Finding[] {
  const budget = baselineLength * width;
  if (trained <= budget) return [];
  const [count, most] = [trained, budget].map((number) => number.toLocaleString("en"));
  const share = ((100 * (trained - budget)) / budget).toFixed(2);
  const text = `${count} trained, ${share}% more than the ${most} of a prompt of ${baselineLength} rows`;
  return [{ kind: "budget", text }];
}

function checkFile(expected: readonly ExpectedTensor[], file: TensorFile, rank: number): readonly Finding[] {
  const { tensors } = file;
  const [A, B] = [tensors.get(names.A), tensors.get(names.B)];
  // A begins uniform between ±1/√rank (PyTorch's kaiming_uniform_ with a = √5): a row beyond that has moved.
  const bound = 1 / Math.sqrt(rank);
  const left = (row: number) =>
    A?.values.subarray(row * rank, (row + 1) * rank).some((value) => Math.abs(value) > bound) ?? true;
  const inside = A && lastRowsUnmoved("A", A.shape[0] ?? 0, left);
  return [
    ...checkNames(expected, tensors),
    ...checkFinite(tensors),
    ...(B ? checkMoved(names.B, B, 0) : []),
    ...(inside === undefined ? [] : [noteInside(inside, bound)]),
  ];
}

/** Says what is known, which is less than that they were never trained: a row may have moved and stayed inside. */
function noteInside(rows: string, bound: number): Finding {
  const text = `${rows} stayed within ±${bound.toFixed(3)}, where A begins: they were hardly or never trained`;
  return { kind: "note", text };
}
