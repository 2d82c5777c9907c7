/**
 * ulpt(length = 6, rank = 2) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node ultra_low.mjs`.
 *
 *   tensor   shape      formula         trained   group         learning rate
 *   Z        [6, 2]     length × rank        12   prompt        0.1
 *   R        [2, 128]   rank × d         frozen
 *   g        [128]      d                   128   prompt        0.1
 *   c        [128]      d                   128   prompt        0.1
 *   total                                   268
 *   frozen                                  256   not trained
 */
import {
  adamW,
  choice,
  concatRows,
  fit,
  jsonl,
  linear,
  loadT5,
  loadTask,
  normal,
  ones,
  stdlib,
  tf,
  xavierUniform,
  zeros,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 6;
const rank = 2;

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

const parameters = { Z: normal([length, rank], 1), g: ones([d]), c: zeros([d]) };
const constants = { R: xavierUniform([rank, d]) }; // frozen: never trained

/**
 * Ultra-low-dimensional prompt tuning: short rows, blown up by a random matrix that is never trained and that the seed
 * brings back. Wu et al., 2025; its released code.   input = [ZR·g + c ; x]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function ulpt(
  { Z, R, g, c }: TensorsOf<typeof parameters & typeof constants>,
  x: Tensor3D,
): Tensor3D {
  return concatRows(tf.add(tf.mul(tf.matMul(Z, R), g), c), x); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "ultra_low",
  spec: "sha256:5dd71ceac3614531e3793533494cf4df220f1a224772559605b90ca3cf5534b2", // hash of the plan
  backbone,
  task,
  parameters,
  constants,
  input: ulpt,
  groups: { prompt: { tensors: ["Z", "g", "c"], learningRate: 0.1 } },
  trained: 268, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
