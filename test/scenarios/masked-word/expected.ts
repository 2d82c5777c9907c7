/**
 * prompt_tuning(length = 4) on tiny_bert
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node masked.mjs`.
 *
 *   tensor   shape     formula      trained   group    learning rate
 *   P        [4, 32]   length × d       128   prompt   0.3
 *   total                               128
 */
import {
  adamW,
  choice,
  concatRows,
  fit,
  jsonl,
  linear,
  loadBert,
  loadTask,
  vocabulary,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 32; // width of tiny_bert
const s = 16; // most tokens of an input; a longer one is cut
const length = 4;

// Backbone and data: the backbone is frozen; its gradient is asked for at the embeddings alone.

const backbone = await loadBert(
  new URL("../../fixtures/tiny-bert/bert", import.meta.url),
  { width: d, layers: 2, heads: 4, feedForward: 48, positions: 24, vocabulary: 78 },
);

const task = await loadTask(backbone, {
  train: jsonl(new URL("../data/train.jsonl", import.meta.url)),
  validation: jsonl(new URL("../data/validation.jsonl", import.meta.url)),
  test: jsonl(new URL("../data/test.jsonl", import.meta.url)),
  input: "{text}",
  target: choice("label", { animal: "animal", food: "food" }),
  maxTokens: s,
});

// Method: only these tensors learn.

const parameters = { P: vocabulary([length, d]) };

/**
 * Prompt tuning. Lester, Al-Rfou and Constant, 2021.   input = [P ; x]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function prompt_tuning({ P }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  return concatRows(P, x); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "masked",
  spec: "sha256:9862a7f486e0ea8945b728e4e75c09d5d35c2628699a28db1d211ccdc0279c10", // hash of the plan
  backbone,
  task,
  parameters,
  input: prompt_tuning,
  groups: { prompt: { tensors: ["P"], learningRate: 0.3 } },
  trained: 128, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 10,
  batch: 32, // default
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
