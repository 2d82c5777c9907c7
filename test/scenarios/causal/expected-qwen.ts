/**
 * Decoder-only backbones: the target stands right behind the input.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node qwen.mjs`.
 *
 *   tensor   shape     formula         trained   group    learning rate
 *   P        [4, 24]   length × d           96   prompt   0.3
 *   total                                   96
 *   budget   at most 2% of tiny_qwen       211   115 left
 */
import {
  adamW,
  choice,
  concatRows,
  fit,
  jsonl,
  linear,
  loadLlama,
  loadTask,
  vocabulary,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 24; // width of tiny_qwen
const s = 16; // most tokens of an input; a longer one is cut
const length = 4;

// Backbone and data: the backbone is frozen; its gradient is asked for at the embeddings alone.

const backbone = await loadLlama(
  new URL("../../fixtures/tiny-causal/qwen", import.meta.url),
  {
    width: d,
    layers: 2,
    heads: 6,
    kvHeads: 2,
    headWidth: 4,
    feedForward: 40,
    head: "tied",
    biases: "qkv",
    vocabulary: 64,
  },
);

const task = await loadTask(backbone, {
  train: jsonl(new URL("../data/train.jsonl", import.meta.url)),
  validation: jsonl(new URL("../data/validation.jsonl", import.meta.url)),
  test: jsonl(new URL("../data/test.jsonl", import.meta.url)),
  input: "{text}",
  target: choice("label", { animal: "w5", food: "w6 w7" }),
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
  name: "qwen",
  spec: "sha256:2bc4e5bf4e08e1180fdb9a9d38dd0b67ccf93602c48e9173e793e39228ccd87d", // hash of the plan
  backbone,
  task,
  parameters,
  input: prompt_tuning,
  groups: { prompt: { tensors: ["P"], learningRate: 0.3 } },
  trained: 96, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 20,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 2, // default
  seed,
});
