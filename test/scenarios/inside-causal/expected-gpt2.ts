/**
 * Methods inside the blocks of decoder-only models. Llama's six heads share two of keys and values.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node gpt2.mjs`.
 *
 *   tensor    shape        formula                                     trained   group   learning rate
 *   query_A   [2, 2, 24]   attentions × rank × d                            96   lora    0.001
 *   query_B   [2, 24, 2]   attentions × head_width × heads × rank           96   lora    0.001
 *   value_A   [2, 2, 24]   attentions × rank × d                            96   lora    0.001
 *   value_B   [2, 24, 2]   attentions × head_width × kv_heads × rank        96   lora    0.001
 *   total                                                                  384
 */
import {
  adamW,
  choice,
  fit,
  jsonl,
  linear,
  loadGpt2,
  loadTask,
  lowRank,
  uniform,
  zeros,
} from "dept-lang/runtime";
import type { Inside, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 24; // width of tiny_gpt2
const s = 16; // most tokens of an input; a longer one is cut
const heads = 4; // heads of an attention
const kv_heads = 4; // heads of keys and values: fewer where several heads share one
const head_width = 6; // width of a head
const attentions = 2; // attentions: a decoder block has two
const rank = 2;
const alpha = 8; // default

// Backbone and data: the backbone is frozen; its gradient is asked for at the method's tensors alone.

const backbone = await loadGpt2(
  new URL("../../fixtures/tiny-causal/gpt2", import.meta.url),
  { width: d, layers: 2, heads: 4, feedForward: 96, positions: 64, vocabulary: 64 },
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

const parameters = {
  query_A: uniform([attentions, rank, d], 1 / Math.sqrt(d)),
  query_B: zeros([attentions, head_width * heads, rank]),
  value_A: uniform([attentions, rank, d], 1 / Math.sqrt(d)),
  value_B: zeros([attentions, head_width * kv_heads, rank]),
};

/**
 * Low-rank adaptation of the query and value projections of every attention. Hu et al., 2022, and PEFT.
 * y = W x + alpha/rank·B A x
 * Each change acts at every place of its kind.
 */
function lora({
  query_A,
  query_B,
  value_A,
  value_B,
}: TensorsOf<typeof parameters>): Inside {
  return {
    query: lowRank(query_A, query_B, alpha / rank),
    value: lowRank(value_A, value_B, alpha / rank),
  };
}

// Training: one learning rate for each group.

await fit({
  name: "gpt2",
  spec: "sha256:d5b365c462da718bc8c7970fdc11e82e3d3333368ec2d988103d8ec3b525fe35", // hash of the plan
  backbone,
  task,
  parameters,
  inside: lora,
  groups: {
    lora: {
      tensors: ["query_A", "query_B", "value_A", "value_B"],
      learningRate: 0.001,
    },
  },
  trained: 384, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 10,
  batch: 32, // default
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
