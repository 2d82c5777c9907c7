/**
 * adept(length = 4, hidden = 2) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node per_token.mjs`.
 *
 *   tensor   shape      formula           trained   group    learning rate
 *   P        [4, 128]   length × d            512   prompt   0.3
 *   W1       [128, 2]   d × hidden            256   offset   0.001
 *   b1       [2]        hidden                  2   offset   0.001
 *   W2       [2, 128]   hidden × d            256   offset   0.001
 *   b2       [128]      d                     128   offset   0.001
 *   total                                   1,154
 *   budget   at most 0.1% of wordnet_t5     1,837   683 left
 */
import {
  adamW,
  choice,
  concatRows,
  constant,
  fit,
  jsonl,
  loadT5,
  loadTask,
  matMul,
  normal,
  stdlib,
  tf,
  vocabulary,
  zeros,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 4;
const hidden = 2;

// Backbone and data: the backbone is frozen; its gradient is asked for at the embeddings alone.

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
  P: vocabulary([length, d]),
  W1: normal([d, hidden], 0.02),
  b1: zeros([hidden]),
  W2: zeros([hidden, d]),
  b2: zeros([d]),
};

/**
 * Adaptive decomposed prompt tuning: an offset for each token instead of each position. Tang, Hu and Liu, 2025.
 * input = [P ; x + relu(x W1 + b1) W2 + b2]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function adept(
  { P, W1, b1, W2, b2 }: TensorsOf<typeof parameters>,
  x: Tensor3D,
): Tensor3D {
  return concatRows(
    P,
    tf.add(tf.add(x, matMul(tf.relu(tf.add(matMul(x, W1), b1)), W2)), b2),
  ); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "per_token",
  spec: "sha256:95cc4580976269d0278475a9af3f6fc505abe850d5e1f03b0fc1d3aef7baf037", // hash of the plan
  backbone,
  task,
  parameters,
  input: adept,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.3 },
    offset: {
      tensors: ["W1", "b1", "W2", "b2"],
      learningRate: 0.001,
      weightDecay: 0.01,
    },
  },
  trained: 1_154, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: constant(),
  steps: 10,
  batch: 4,
  clip: 0.5, // global norm over all groups together
  evaluateEvery: 1, // default
  seed,
});
