/**
 * Decoder-only backbones: the target stands right behind the input.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node gpt2.mjs`.
 *
 *   tensor   shape     formula           trained   group    learning rate
 *   P        [3, 24]   length × d             72   prompt   0.3
 *   A        [16, 3]   s × rank               48   pair     0.005
 *   B        [3, 24]   rank × d               72   pair     0.005
 *   total                                    192
 *   budget   prompt_tuning(length = 8)       192   equal
 */
import {
  adamW,
  choice,
  concatRows,
  firstRows,
  fit,
  jsonl,
  kaimingUniform,
  linear,
  loadGpt2,
  loadTask,
  tf,
  vocabulary,
  zeros,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 24; // width of tiny_gpt2
const s = 16; // most tokens of an input; a longer one is cut
const length = 3;
const rank = 3; // solved from the budget

// Backbone and data: the backbone is frozen; its gradient is asked for at the embeddings alone.

const backbone = await loadGpt2(
  new URL("../../fixtures/tiny-causal/gpt2", import.meta.url),
  { width: d, layers: 2, heads: 4, feedForward: 96, positions: 64, vocabulary: 64 },
);

const task = await loadTask(backbone, {
  train: jsonl(new URL("../data/train.jsonl", import.meta.url)),
  validation: jsonl(new URL("../data/validation.jsonl", import.meta.url)),
  test: jsonl(new URL("../data/test.jsonl", import.meta.url)),
  input: "{text}",
  target: choice("label", { animal: "w5", food: "w6 w7" }),
  maxTokens: s,
});

// Method: only these tensors learn.

const parameters = {
  P: vocabulary([length, d]),
  A: kaimingUniform([s, rank]),
  B: zeros([rank, d]),
};

/**
 * Decomposed prompt tuning. Shi and Lipani, 2024.   input = [P ; x + scale·AB]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function dept({ P, A, B }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  const n = x.shape[1]; // rows of this batch
  return concatRows(P, tf.add(x, firstRows(tf.matMul(A, B), n))); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "gpt2",
  spec: "sha256:e885ecfb0890be067789d89226d1bcbd16bc86dd2e552d331711e028284e83ce", // hash of the plan
  backbone,
  task,
  parameters,
  input: dept,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.3 },
    pair: { tensors: ["A", "B"], learningRate: 0.005 },
  },
  trained: 192, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 20,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 2, // default
  seed,
});
