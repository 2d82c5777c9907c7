/**
 * dept_released(length = 3, rank = 2) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node released.mjs`.
 *
 *   tensor   shape      formula      trained   group    learning rate
 *   P        [3, 128]   length × d       384   prompt   0.1
 *   A        [16, 2]    s × rank          32   pair     0.01
 *   B        [2, 128]   rank × d         256   pair     0.01
 *   total                                672
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
  loadT5,
  loadTask,
  stdlib,
  text,
  tf,
  zeros,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 3;
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

const parameters = {
  P: text([length, d], "Classify this text is postive or not:"),
  A: kaimingUniform([s, rank]),
  B: zeros([rank, d]),
};

/**
 * Decomposed prompt tuning as its authors' code has it: the pair is scaled by 8/√rank and every prompt begins with one
 * sentence, their spelling kept. Shi and Lipani, 2024; github.com/ZhengxiangShi/DePT.   input = [P ; x + 8/√rank·AB]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function dept_released(
  { P, A, B }: TensorsOf<typeof parameters>,
  x: Tensor3D,
): Tensor3D {
  const n = x.shape[1]; // rows of this batch
  return concatRows(
    P,
    tf.add(x, tf.mul(8 / Math.sqrt(rank), firstRows(tf.matMul(A, B), n))),
  ); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "released",
  spec: "sha256:45078309269b396e27594c1ce36bce411209a1107bd65a7f3cf692ac2096ee4e", // hash of the plan
  backbone,
  task,
  parameters,
  input: dept_released,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.1 },
    pair: { tensors: ["A", "B"], learningRate: 0.01 },
  },
  trained: 672, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
