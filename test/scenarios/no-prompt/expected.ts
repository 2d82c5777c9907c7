/**
 * The whole budget in the pair: no prompt at all.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node all_pair.mjs`.
 *
 *   tensor   shape      formula      trained   group    learning rate
 *   P        [0, 128]   length × d         0   prompt   0.3
 *   A        [16, 4]    s × rank          64   pair     0.005
 *   B        [4, 128]   rank × d         512   pair     0.005
 *   total                                576
 *   budget   exactly                     576   equal
 */
import {
  adamW,
  choice,
  firstRows,
  fit,
  jsonl,
  kaimingUniform,
  linear,
  loadT5,
  loadTask,
  stdlib,
  tf,
  zeros,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const rank = 4;

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

const parameters = { A: kaimingUniform([s, rank]), B: zeros([rank, d]) };

/**
 * Decomposed prompt tuning. Shi and Lipani, 2024.   input = [P ; x + scale·AB]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function dept({ A, B }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  const n = x.shape[1]; // rows of this batch
  return tf.add(x, firstRows(tf.matMul(A, B), n)); // [batch, n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "all_pair",
  spec: "sha256:ea560c38ab3204c038bedbd91bb298cb87a772ae850d857f2aca9b472975d9a7", // hash of the plan
  backbone,
  task,
  parameters,
  input: dept,
  groups: { pair: { tensors: ["A", "B"], learningRate: 0.005 } },
  trained: 576, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 4,
  seed,
});
