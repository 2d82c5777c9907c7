/**
 * adept(length = 3, hidden = 2) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node per_token.mjs`.
 *
 *   tensor   shape      formula      trained   group    learning rate
 *   P        [3, 128]   length × d       384   prompt   0.1
 *   W1       [128, 2]   d × hidden       256   offset   0.01
 *   b1       [2]        hidden             2   offset   0.01
 *   W2       [2, 128]   hidden × d       256   offset   0.01
 *   b2       [128]      d                128   offset   0.01
 *   total                              1,026
 */
import {
  adamW,
  choice,
  concatRows,
  fit,
  jsonl,
  kaimingUniform,
  linear,
  loadT5,
  loadTask,
  matMul,
  stdlib,
  tf,
  vocabulary,
  zeros,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 3;
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
  W1: kaimingUniform([d, hidden]),
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
  spec: "sha256:909f868f7f3d99d0742b32aefa4502f892daef262655cee9e81cc2aa0afacc7f", // hash of the plan
  backbone,
  task,
  parameters,
  input: adept,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.1 },
    offset: { tensors: ["W1", "b1", "W2", "b2"], learningRate: 0.01 },
  },
  trained: 1_026, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
