/**
 * gated(length = 3, rank = 2) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node everything.mjs`.
 *
 *   tensor   shape      formula        trained   group    learning rate
 *   P        [3, 128]   length × d         384   prompt   0.1
 *   Q        [4, 128]   2 × rank × d       512   prompt   0.1
 *   A        [12, 2]    s × rank            24   pair     0.005
 *   B        [2, 128]   rank × d           256   pair     0.005
 *   g        [128]      d                  128   gate     0.001
 *   total                                1,304
 *   budget   exactly                     1,300   +0.31%
 */
import {
  adamW,
  choice,
  concatRows,
  firstRows,
  fit,
  gelu,
  jsonl,
  kaimingUniform,
  layerNorm,
  linear,
  loadT5,
  loadTask,
  normal,
  ones,
  rowsOf,
  silu,
  stdlib,
  tf,
  vocabulary,
  zeros,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 12; // most tokens of an input; a longer one is cut
const length = 3;
const rank = 2;
const strength = 8; // default

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
  Q: normal([2 * rank, d], 0.5),
  A: kaimingUniform([s, rank]),
  B: zeros([rank, d]),
  g: ones([d]),
};

/**
 * The authors' code scales the pair by 8 / √r and this one gates it, too: every operation once.
 * input = [P ; Q ; x + g·(8/√r)·AB]
 * words: [batch, n, d], n ≤ s the rows of this batch.
 */
function gated(
  { P, Q, A, B, g }: TensorsOf<typeof parameters>,
  words: Tensor3D,
): Tensor3D {
  const n = words.shape[1]; // rows of this batch
  const scale = strength / Math.sqrt(rank); // a number
  const offset = tf.mul(tf.mul(scale, firstRows(tf.matMul(A, B), n)), tf.sigmoid(g)); // [n, d]
  const moved = tf.add(words, offset); // [batch, n, d]
  return concatRows(
    P,
    tf.sub(gelu(rowsOf(Q, 1, 2 * rank)), tf.mul(0.5, tf.tanh(rowsOf(Q, 1, 2 * rank)))),
    tf.softmax(firstRows(Q, 1)),
    moved,
    silu(layerNorm(tf.mul(-1, firstRows(moved, 1)))),
  ); // [batch, length + 2 × rank + 1 + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "everything",
  spec: "sha256:add87e3e93a7e18d00b70e3ccc288a2a84a49c5371ed37e5e26e2c38319747ea", // hash of the plan
  backbone,
  task,
  parameters,
  input: gated,
  groups: {
    prompt: { tensors: ["P", "Q"], learningRate: 0.1 },
    pair: { tensors: ["A", "B"], learningRate: 0.005 },
    gate: { tensors: ["g"], learningRate: 0.001 },
  },
  trained: 1_304, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }),
  steps: 6,
  batch: 2,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 3,
  seed,
});
