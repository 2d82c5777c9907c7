/**
 * begun(length = 3, hidden = 2, sentence = "Is it alive?", source = "../data/source.safetensors", radius = 0.1) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node beginnings.mjs`.
 *
 *   tensor   shape      formula           trained   group         learning rate
 *   P        [3, 128]   length × d            384   prompt        0.1
 *   Q        [4, 128]   4 × d                 512   prompt        0.1
 *   S        [4, 128]   4 × d              frozen
 *   C        [3, 128]   length × d         frozen
 *   D        [3, 128]   length × d            384   shift         0.1
 *   W1       [128, 2]   d × hidden            256   offset        0.001
 *   b1       [2]        hidden                  2   offset        0.001
 *   W2       [2, 2]     hidden × hidden         4   offset        0.001
 *   V        [2, 128]   hidden × d            256   offset        0.001
 *   total                                   1,798
 *   frozen                                    896   not trained
 */
import {
  adamW,
  adapter,
  ball,
  choice,
  concatRows,
  fit,
  jsonl,
  kaimingUniform,
  linear,
  loadT5,
  loadTask,
  matMul,
  orthogonal,
  stdlib,
  text,
  tf,
  uniform,
  xavierUniform,
  zeros,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 3;
const hidden = 2;
const radius = 0.1;

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
  P: text([length, d], "Is it alive?"),
  Q: adapter([4, d], new URL("../data/source.safetensors", import.meta.url), "P"),
  D: zeros([length, d]),
  W1: kaimingUniform([d, hidden], "rows"),
  b1: uniform([hidden], 1 / Math.sqrt(d * hidden)),
  W2: orthogonal([hidden, hidden]),
  V: xavierUniform([hidden, d]),
};

const constants = {
  S: adapter([4, d], new URL("../data/source.safetensors", import.meta.url), "P"),
  C: text([length, d], "a kind of"),
}; // frozen: never trained

/**
 * Every way to begin that needs words, a file or an axis, and a projection after each step.
 * input = [P ; Q ; S ; C + D ; x + relu(x W1) W2·V]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function begun(
  { P, Q, S, C, D, W1, b1, W2, V }: TensorsOf<typeof parameters & typeof constants>,
  x: Tensor3D,
): Tensor3D {
  return concatRows(
    P,
    Q,
    S,
    tf.add(C, D),
    tf.add(x, matMul(matMul(tf.relu(tf.add(matMul(x, W1), b1)), W2), V)),
  ); // [batch, 2 × length + 8 + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "beginnings",
  spec: "sha256:05657f21e2931c32e3582a5b17c8e24dd887e296f7f430f4e505831c05f1aab1", // hash of the plan
  backbone,
  task,
  parameters,
  constants,
  input: begun,
  groups: {
    prompt: { tensors: ["P", "Q"], learningRate: 0.1 },
    shift: { tensors: ["D"], learningRate: 0.1 },
    offset: { tensors: ["W1", "b1", "W2", "V"], learningRate: 0.001 },
  },
  projections: { D: ball(radius) }, // after each step
  trained: 1_798, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 6,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
