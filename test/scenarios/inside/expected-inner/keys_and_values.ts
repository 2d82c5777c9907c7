/**
 * prefix_tuning(length = 24) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node keys_and_values.mjs`.
 *
 *   tensor          shape          formula                                       trained   group    learning rate
 *   prefix_keys     [8, 24, 128]   attentions × length × head_width × kv_heads    24,576   prefix   0.01
 *   prefix_values   [8, 24, 128]   attentions × length × head_width × kv_heads    24,576   prefix   0.01
 *   total                                                                         49,152
 *   budget          at most                                                       50,000   848 left
 */
import {
  adamW,
  choice,
  fit,
  jsonl,
  linear,
  loadT5,
  loadTask,
  normal,
  prefix,
  stdlib,
} from "dept-lang/runtime";
import type { Inside, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 12; // most tokens of an input; a longer one is cut
const kv_heads = 4; // heads of keys and values: fewer where several heads share one
const head_width = 32; // width of a head
const attentions = 8; // attentions: a decoder block has two
const length = 24; // solved from the budget

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
  name: "inner/keys_and_values",
  spec: "sha256:5f5964bb5295ac494d2f7ee7f5d3c0776aba275c5935c9be5f382df7e8e22201", // hash of the plan
  backbone,
  task,
  parameters,
  inside: prefix_tuning,
  groups: { prefix: { tensors: ["prefix_keys", "prefix_values"], learningRate: 0.01 } },
  trained: 49_152, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 2,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
