/**
 * Every weight of the embedded backbone, and beside it the norms alone, the embeddings with a rate of their own.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node gains.mjs`.
 *
 *   tensor              shape      formula          trained   group   learning rate
 *   attention_norm      [8, 128]   attentions × d     1,024   norms   0.001
 *   feed_forward_norm   [6, 128]   layers × d           768   norms   0.001
 *   final_norm          [2, 128]   2 × d                256   norms   0.001
 *   total                                             2,048
 */
import {
  adamW,
  choice,
  fit,
  jsonl,
  linear,
  loadT5,
  loadTask,
  pretrained,
  stdlib,
  trained,
} from "dept-lang/runtime";
import type { Inside, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 12; // most tokens of an input; a longer one is cut
const layers = 6; // blocks, the encoder's and then the decoder's
const attentions = 8; // attentions: a decoder block has two

// Backbone and data: of the backbone only those weights are trained that are named below.

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
  attention_norm: pretrained([attentions, d], "attentionNorm"),
  feed_forward_norm: pretrained([layers, d], "feedForwardNorm"),
  final_norm: pretrained([2, d], "finalNorm"),
};

/**
 * The norms alone: a number for each column.
 * Each change acts at every place of its kind.
 */
function norms({
  attention_norm,
  feed_forward_norm,
  final_norm,
}: TensorsOf<typeof parameters>): Inside {
  return {
    attentionNorm: trained(attention_norm),
    feedForwardNorm: trained(feed_forward_norm),
    finalNorm: trained(final_norm),
  };
}

// Training: one learning rate for each group.

await fit({
  name: "gains",
  spec: "sha256:9c55e616443dab10602e651db670e282910fae3ad90059e8f1b2a47c0ca0c660", // hash of the plan
  backbone,
  task,
  parameters,
  inside: norms,
  groups: {
    norms: {
      tensors: ["attention_norm", "feed_forward_norm", "final_norm"],
      learningRate: 0.001,
    },
  },
  trained: 2_048, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 2,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
