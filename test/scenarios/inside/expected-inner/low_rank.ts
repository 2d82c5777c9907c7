/**
 * lora(rank = 12, alpha = 16) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node low_rank.mjs`.
 *
 *   tensor    shape          formula                                     trained   group   learning rate
 *   query_A   [8, 12, 128]   attentions × rank × d                        12,288   lora    0.001
 *   query_B   [8, 128, 12]   attentions × head_width × heads × rank       12,288   lora    0.001
 *   value_A   [8, 12, 128]   attentions × rank × d                        12,288   lora    0.001
 *   value_B   [8, 128, 12]   attentions × head_width × kv_heads × rank    12,288   lora    0.001
 *   total                                                                 49,152
 *   budget    at most                                                     50,000   848 left
 */
import {
  adamW,
  choice,
  fit,
  jsonl,
  linear,
  loadT5,
  loadTask,
  lowRank,
  stdlib,
  uniform,
  zeros,
} from "dept-lang/runtime";
import type { Inside, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 12; // most tokens of an input; a longer one is cut
const heads = 4; // heads of an attention
const kv_heads = 4; // heads of keys and values: fewer where several heads share one
const head_width = 32; // width of a head
const attentions = 8; // attentions: a decoder block has two
const rank = 12; // solved from the budget
const alpha = 16;

// Backbone and data: the backbone is frozen; its gradient is asked for at the method's tensors alone.

const backbone = await loadT5(stdlib("data/wordnet-t5"), {
  width: d,
  heads: 4,
  headWidth: 32,
  feedForward: 512,
  encoderLayers: 4,
  decoderLayers: 2,
  vocabulary: 4_096,
});

const task = await loadTask(backbone, {
  train: jsonl(new URL("../data/train.jsonl", import.meta.url)),
  validation: jsonl(new URL("../data/validation.jsonl", import.meta.url)),
  test: jsonl(new URL("../data/test.jsonl", import.meta.url)),
  input: "{text}",
  target: choice("label", { animal: "animal", food: "food" }),
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
  name: "inner/low_rank",
  spec: "sha256:6a568de34a504d6b13eec1be57365607f2ea68aeefc1598c5e96214378cdc591", // hash of the plan
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
  trained: 49_152, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 2,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
