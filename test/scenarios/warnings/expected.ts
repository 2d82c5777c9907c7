/**
 * dept(length = 2, rank = 20) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node timid.mjs`.
 *
 *   tensor   shape       formula      trained   group    learning rate
 *   P        [2, 128]    length × d       256   prompt   0.0001
 *   A        [16, 20]    s × rank         320   pair     0.0001
 *   B        [20, 128]   rank × d       2,560   pair     0.0001
 *   total                               3,136
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
  tf,
  vocabulary,
  zeros,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 2;
const rank = 20;

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
  input: "option0: {text} option1: {text}",
  target: choice("label", { animal: "creature", food: "dish" }),
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
  name: "timid",
  spec: "sha256:2829fc3bc731319178cc7fcec6827c9e54ba7c650947a54843933fc14e912184", // hash of the plan
  backbone,
  task,
  parameters,
  input: dept,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.0001 },
    pair: { tensors: ["A", "B"], learningRate: 0.0001 },
  },
  trained: 3_136, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 10,
  batch: 32, // default
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
