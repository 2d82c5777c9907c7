/**
 * shadowed(length = 5, rank = 4) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node mostly_frozen.mjs`.
 *
 *   tensor   shape      formula         trained   group         learning rate
 *   Z        [5, 4]     length × rank        20   prompt        0.1
 *   g        [128]      d                   128   scale         0.01
 *   R        [4, 128]   rank × d         frozen
 *   W        [2, 128]   2 × d            frozen
 *   total                                   148
 *   frozen                                  768   not trained
 *   budget   exactly                        148   equal
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
  vocabulary,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 5;
const rank = 4; // solved from the budget

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

const parameters = { Z: normal([length, rank], 0.5), g: ones([d]) };
const constants = { R: normal([rank, d], 1), W: vocabulary([2, d]) }; // frozen: never trained

/**
 * A random factor that only the seed remembers, and words that nothing moves: frozen tensors of both kinds.
 * input = [ZR·g ; W ; x]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function shadowed(
  { Z, g, R, W }: TensorsOf<typeof parameters & typeof constants>,
  x: Tensor3D,
): Tensor3D {
  return concatRows(tf.mul(tf.matMul(Z, R), g), W, x); // [batch, length + 2 + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "mostly_frozen",
  spec: "sha256:f5df3703343f8b8d2ad1d588574f0742eb799f2f33f1142da7fd5d06ff3baac8", // hash of the plan
  backbone,
  task,
  parameters,
  constants,
  input: shadowed,
  groups: {
    prompt: { tensors: ["Z"], learningRate: 0.1 },
    scale: { tensors: ["g"], learningRate: 0.01 },
  },
  trained: 148, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 6,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
