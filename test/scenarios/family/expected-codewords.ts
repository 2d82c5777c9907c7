/**
 * accept(length = 4, part = 16, words = 3, blocks = 8, offset_part = 64, offset_words = 3, offset_blocks = 2) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node codewords.mjs`.
 *
 *   tensor   shape        formula                                      trained   group    learning rate
 *   C        [8, 16, 3]   blocks × part × words                            384   prompt   0.1
 *   W        [8, 3, 4]    blocks × words × length                           96   prompt   0.1
 *   D        [2, 64, 3]   offset_blocks × offset_part × offset_words       384   offset   0.01
 *   V        [2, 3, 16]   offset_blocks × offset_words × s                  96   offset   0.01
 *   total                                                                  960
 */
import {
  adamW,
  choice,
  concatRows,
  firstRows,
  fit,
  jsonl,
  linear,
  loadT5,
  loadTask,
  stdlib,
  tf,
  uniform,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 4;
const part = 16;
const words = 3;
const blocks = 8;
const offset_part = 64;
const offset_words = 3;
const offset_blocks = 2;

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
  C: uniform([blocks, part, words], 1 / Math.sqrt(words * part)),
  W: uniform([blocks, words, length], 1 / Math.sqrt(blocks * words)),
  D: uniform(
    [offset_blocks, offset_part, offset_words],
    Math.sqrt(6 / (offset_words * offset_part)),
  ),
  V: uniform(
    [offset_blocks, offset_words, s],
    1 / Math.sqrt(offset_blocks * offset_words),
  ),
};

/**
 * Adaptive codebooks: prompt and positional offset are put together from codewords, a book for each block of the width,
 * every row with its own weights. blocks · part = d, for prompt and offset each. Lin et al., 2024, and its released code.
 * input = [P ; x + 8/√offset_words·O],   the rows of P and O block by block Σ weight · codeword
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function accept({ C, W, D, V }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  const n = x.shape[1]; // rows of this batch
  const P = tf.transpose(tf.reshape(tf.matMul(C, W), [d, length])); // [length, d]
  const O = tf.transpose(tf.reshape(tf.matMul(D, V), [d, s])); // [s, d]
  return concatRows(P, tf.add(x, tf.mul(8 / Math.sqrt(offset_words), firstRows(O, n)))); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "codewords",
  spec: "sha256:d805b9813e2200b228c3420ca9db70020ea1daf567c3db83b3fd72046e655e48", // hash of the plan
  backbone,
  task,
  parameters,
  input: accept,
  groups: {
    prompt: { tensors: ["C", "W"], learningRate: 0.1 },
    offset: { tensors: ["D", "V"], learningRate: 0.01 },
  },
  trained: 960, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
