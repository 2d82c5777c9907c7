/**
 * Methods inside the blocks of a BERT.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node scales.mjs`.
 *
 *   tensor         shape     formula                              trained   group   learning rate
 *   key_scale      [2, 32]   attentions × head_width × kv_heads        64   ia3     0.01
 *   value_scale    [2, 32]   attentions × head_width × kv_heads        64   ia3     0.01
 *   hidden_scale   [2, 48]   layers × feed_forward                     96   ia3     0.01
 *   total                                                             224
 */
import {
  adamW,
  choice,
  fit,
  jsonl,
  linear,
  loadBert,
  loadTask,
  ones,
  scaled,
} from "dept-lang/runtime";
import type { Inside, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 32; // width of tiny_bert
const s = 16; // most tokens of an input; a longer one is cut
const kv_heads = 4; // heads of keys and values: fewer where several heads share one
const head_width = 8; // width of a head
const feed_forward = 48; // width of a feed-forward block
const layers = 2; // blocks, the encoder's and then the decoder's
const attentions = 2; // attentions: a decoder block has two

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
  key_scale: ones([attentions, head_width * kv_heads]),
  value_scale: ones([attentions, head_width * kv_heads]),
  hidden_scale: ones([layers, feed_forward]),
};

/**
 * Keys, values and the feed-forward blocks' hidden units are each multiplied by a learned number. Liu et al., 2022, and PEFT.
 * Each change acts at every place of its kind.
 */
function ia3({
  key_scale,
  value_scale,
  hidden_scale,
}: TensorsOf<typeof parameters>): Inside {
  return {
    key: scaled(key_scale),
    value: scaled(value_scale),
    hidden: scaled(hidden_scale),
  };
}

// Training: one learning rate for each group.

await fit({
  name: "scales",
  spec: "sha256:b6d5e39aab03e884205bebceecdf460f2b61c538b42555629b2cae31cf5e58ee", // hash of the plan
  backbone,
  task,
  parameters,
  inside: ia3,
  groups: {
    ia3: { tensors: ["key_scale", "value_scale", "hidden_scale"], learningRate: 0.01 },
  },
  trained: 224, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 10,
  batch: 32, // default
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
