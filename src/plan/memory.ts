// How much memory a run needs, by kind, before a weight is loaded.

import { backboneParameters, stackOf } from "../program/architectures.ts";
import type { Tune } from "../program/program.ts";
import { keptActivations, keptInputs, workingMemory, workingMemoryOfOne } from "./activations.ts";
import { memoryRows } from "./bill.ts";
import type { Plan } from "./plan.ts";

/** A device as `--device` names it: `gpu:16GB`. */
export interface Device {
  readonly name: string;
  readonly bytes: number;
}

/** Bytes, every number a float32. Working memory and logits are not held at the same time: `total` counts the larger. */
export interface MemoryEstimate {
  readonly batch: number;
  /** Positions of the longest input, those that the method adds among them. */
  readonly positions: number;
  /** Tokens of a target, at most; guessed from its letters. */
  readonly targetTokens: number;
  readonly weights: number;
  /** Kept by the forward pass for the backward pass, with the embeddings going in. */
  readonly activations: number;
  /** Of one layer's backward pass. */
  readonly working: number;
  /** The head's scores and probabilities of all tokens, with what the decoder keeps meanwhile. */
  readonly logits: number;
  /** The trained tensors, their gradients and the optimizer's two moments. */
  readonly training: number;
  readonly total: number;
}

const float = 4; // bytes

/** Memory of a training step at the longest input; `batch` and `memory` instead of the plan's own. */
export function estimateMemory(
  { tune, graph, arguments: values, trained, addedPositions }: Plan,
  batch = tune.train.batch.value,
  memory = tune.train.memory.value,
): MemoryEstimate {
  const { backbone, task } = tune;
  const s = task.maxTokens.value;
  const positions = s + addedPositions;
  const prefix = memoryRows(graph, values);
  const targetTokens = tokensOfTarget(tune);
  const weights = float * backboneParameters(backbone);
  // Beside what the layers keep: the words as they were looked up, and what the method made of them.
  const entrance = (s + positions) * backbone.width.value;
  const isRemade = memory === "recompute";
  const kept = isRemade ? keptInputs(backbone, positions) : keptActivations(backbone, positions, prefix);
  const activations = float * batch * (kept + entrance);
  const ofOne = isRemade ? workingMemoryOfOne : workingMemory;
  const working = float * batch * ofOne(backbone, positions, prefix);
  const scores = 2 * targetTokens * backbone.vocabulary.value;
  // Of the encoder's rows the decoder's layers keep keys and values, or only the rows themselves.
  const beside = isRemade
    ? Math.min(backbone.width.value, stackOf(backbone).beside)
    : stackOf(backbone).beside;
  const logits = float * batch * (scores + positions * beside);
  const training = 4 * float * trained;
  const total = weights + activations + Math.max(working, logits) + training;
  return { batch, positions, targetTokens, weights, activations, working, logits, training, total };
}

/** The largest batch that fits on the device; 0 where not even one example does. */
export function largestBatch(plan: Plan, { bytes }: Device): number {
  const one = estimateMemory(plan, 1).total;
  const perExample = estimateMemory(plan, 2).total - one;
  return Math.max(0, Math.floor((bytes - one) / perExample) + 1);
}

/** Float32 values that generation caches for the rows the method adds to each example; 0 for an encoder alone. */
export function addedKeyValues({ tune, addedPositions }: Plan): number {
  return addedPositions * stackOf(tune.backbone).keyValues;
}

/** About four letters to a token, and the end-of-text token: the tokenizer is not asked before the run. */
export function tokensOfTarget({ backbone, task }: Pick<Tune, "backbone" | "task">): number {
  const { value } = task.target;
  // A masked word is one token, and nothing ends the text.
  if (["bert", "roberta"].includes(backbone.architecture.value)) return 1;
  if (value.kind === "text") return value.maxTokens;
  const texts = value.kind === "choice" ? value.texts.map(({ text }) => text) : [`${value.to - value.step}`];
  return Math.max(...texts.map((text) => Math.ceil(text.length / 4) + 1));
}

const units: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, MIB: 2 ** 20, GIB: 2 ** 30 };

/** `gpu:16GB`, `cpu:24GiB`, or `wasm`, whose heap ends at 4 GiB; `undefined` for another text. */
export function readDevice(text: string): Device | undefined {
  if (text === "wasm") return { name: "wasm", bytes: 2 ** 32 };
  const [, name, amount, unit = ""] = /^([a-z]\w*):(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text) ?? [];
  const factor = units[unit.toUpperCase()];
  const bytes = Number(amount) * (factor ?? 0);
  return name !== undefined && bytes > 0 ? { name, bytes } : undefined;
}
