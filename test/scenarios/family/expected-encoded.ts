/**
 * p_tuning(length = 3, hidden = 4) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node encoded.mjs`.
 *
 *   tensor   shape      formula           trained   group    learning rate
 *   P        [3, 128]   length × d            384   prompt   0.1
 *   W1       [128, 4]   d × hidden            512   prompt   0.1
 *   b1       [4]        hidden                  4   prompt   0.1
 *   W2       [4, 4]     hidden × hidden        16   prompt   0.1
 *   b2       [4]        hidden                  4   prompt   0.1
 *   W3       [4, 128]   hidden × d            512   prompt   0.1
 *   b3       [128]      d                     128   prompt   0.1
 *   total                                   1,560
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
  normal,
  stdlib,
  tf,
  uniform,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 3;
const hidden = 4;

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
  P: normal([length, d], 1),
  W1: kaimingUniform([d, hidden], "rows"),
  b1: uniform([hidden], 1 / Math.sqrt(d)),
  W2: kaimingUniform([hidden, hidden], "rows"),
  b2: uniform([hidden], 1 / Math.sqrt(hidden)),
  W3: kaimingUniform([hidden, d], "rows"),
  b3: uniform([d], 1 / Math.sqrt(hidden)),
};

/**
 * P-tuning with the three-layer network as its encoder, as PEFT has it. Liu et al., 2021.
 * input = [relu(relu(P W1 + b1) W2 + b2) W3 + b3 ; x]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function p_tuning(
  { P, W1, b1, W2, b2, W3, b3 }: TensorsOf<typeof parameters>,
  x: Tensor3D,
): Tensor3D {
  return concatRows(
    tf.add(
      tf.matMul(
        tf.relu(tf.add(tf.matMul(tf.relu(tf.add(tf.matMul(P, W1), b1)), W2), b2)),
        W3,
      ),
      b3,
    ),
    x,
  ); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "encoded",
  spec: "sha256:aa323e891178974f033834d88f01c7baf4d740cf0af50ba2614b7efc765a2498", // hash of the plan
  backbone,
  task,
  parameters,
  input: p_tuning,
  groups: {
    prompt: { tensors: ["P", "W1", "b1", "W2", "b2", "W3", "b3"], learningRate: 0.1 },
  },
  trained: 1_560, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
