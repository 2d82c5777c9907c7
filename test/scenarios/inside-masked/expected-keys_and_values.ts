/**
 * Methods inside the blocks of a BERT.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node keys_and_values.mjs`.
 *
 *   tensor          shape        formula                                       trained   group    learning rate
 *   prefix_keys     [2, 4, 32]   attentions × length × head_width × kv_heads       256   prefix   0.01
 *   prefix_values   [2, 4, 32]   attentions × length × head_width × kv_heads       256   prefix   0.01
 *   total                                                                          512
 */
import {
  adamW,
  choice,
  fit,
  jsonl,
  linear,
  loadBert,
  loadTask,
  normal,
  prefix,
} from "dept-lang/runtime";
import type { Inside, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 32; // width of tiny_bert
const s = 16; // most tokens of an input; a longer one is cut
const kv_heads = 4; // heads of keys and values: fewer where several heads share one
const head_width = 8; // width of a head
const attentions = 2; // attentions: a decoder block has two
const length = 4;

// Backbone and data: the backbone is frozen; its gradient is asked for at the method's tensors alone.

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

const parameters = {
  prefix_keys: normal([attentions, length, head_width * kv_heads], 0.02),
  prefix_values: normal([attentions, length, head_width * kv_heads], 0.02),
};

/**
 * Learned keys and values in front of every attention's own, without a position and without the network that some train
 * them through. Li and Liang, 2021.
 * Each change acts at every place of its kind.
 */
function prefix_tuning({
  prefix_keys,
  prefix_values,
}: TensorsOf<typeof parameters>): Inside {
  return { memory: prefix(prefix_keys, prefix_values) };
}

// Training: one learning rate for each group.

await fit({
  name: "keys_and_values",
  spec: "sha256:86cc58eeaec2e0339a712023094c3c6f7a1231e15090a8f66acad2219b0195ef", // hash of the plan
  backbone,
  task,
  parameters,
  inside: prefix_tuning,
  groups: { prefix: { tensors: ["prefix_keys", "prefix_values"], learningRate: 0.01 } },
  trained: 512, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 10,
  batch: 32, // default
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
