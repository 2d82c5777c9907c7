/**
 * Methods inside the blocks of decoder-only models. Llama's six heads share two of keys and values.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node keys_and_values.mjs`.
 *
 *   tensor          shape        formula                                       trained   group    learning rate
 *   prefix_keys     [2, 31, 8]   attentions × length × head_width × kv_heads       496   prefix   0.01
 *   prefix_values   [2, 31, 8]   attentions × length × head_width × kv_heads       496   prefix   0.01
 *   total                                                                          992
 *   budget          at most                                                      1,000   8 left
 */
import {
  adamW,
  choice,
  fit,
  jsonl,
  linear,
  loadLlama,
  loadTask,
  normal,
  prefix,
} from "dept-lang/runtime";
import type { Inside, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 24; // width of tiny_llama
const s = 16; // most tokens of an input; a longer one is cut
const kv_heads = 2; // heads of keys and values: fewer where several heads share one
const head_width = 4; // width of a head
const attentions = 2; // attentions: a decoder block has two
const length = 31; // solved from the budget

// Backbone and data: the backbone is frozen; its gradient is asked for at the method's tensors alone.

const backbone = await loadLlama(
  new URL("../../fixtures/tiny-causal/llama", import.meta.url),
  {
    width: d,
    layers: 2,
    heads: 6,
    kvHeads: 2,
    headWidth: 4,
    feedForward: 40,
    head: "untied",
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
  name: "grouped/keys_and_values",
  spec: "sha256:ca0adb97aa5a218eadf4fdc8beb5631504596cb9419a06663be8cadde74e8d7c", // hash of the plan
  backbone,
  task,
  parameters,
  inside: prefix_tuning,
  groups: { prefix: { tensors: ["prefix_keys", "prefix_values"], learningRate: 0.01 } },
  trained: 992, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 2,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
