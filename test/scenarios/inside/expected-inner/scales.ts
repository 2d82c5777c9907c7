/**
 * ia3() on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node scales.mjs`.
 *
 *   tensor         shape      formula                              trained   group   learning rate
 *   key_scale      [8, 128]   attentions × head_width × kv_heads     1,024   ia3     0.01
 *   value_scale    [8, 128]   attentions × head_width × kv_heads     1,024   ia3     0.01
 *   hidden_scale   [6, 512]   layers × feed_forward                  3,072   ia3     0.01
 *   total                                                            5,120
 *   budget         at most                                          50,000   44,880 left
 */
import {
  adamW,
  choice,
  fit,
  jsonl,
  linear,
  loadT5,
  loadTask,
  ones,
  scaled,
  stdlib,
} from "dept-lang/runtime";
import type { Inside, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 12; // most tokens of an input; a longer one is cut
const kv_heads = 4; // heads of keys and values: fewer where several heads share one
const head_width = 32; // width of a head
const feed_forward = 512; // width of a feed-forward block
const layers = 6; // blocks, the encoder's and then the decoder's
const attentions = 8; // attentions: a decoder block has two

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
  name: "inner/scales",
  spec: "sha256:a7e8acfb901078cd57fda71d70dab2ca598fb7e75515fea8d73301782acdd9d4", // hash of the plan
  backbone,
  task,
  parameters,
  inside: ia3,
  groups: {
    ia3: { tensors: ["key_scale", "value_scale", "hidden_scale"], learningRate: 0.01 },
  },
  trained: 5_120, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 2,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
