/**
 * chosen(experts = 3, length = 2, rank = 2) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node chooser.mjs`.
 *
 *   tensor   shape       formula                       trained   group    learning rate
 *   P        [6, 128]    experts × length × d              768   prompt   0.1
 *   W        [128, 3]    d × experts                       384   router   0.01
 *   g        [128]       d                                 128   router   0.01
 *   b        [128]       d                                 128   router   0.01
 *   S        [3, 2, 2]   experts × length × rank            12   prompt   0.1
 *   T        [3, 2, 4]   experts × rank × 2 × length        24   prompt   0.1
 *   V        [128, 3]    d × experts                       384   router   0.01
 *   total                                                1,828
 */
import {
  adamW,
  choice,
  concatRows,
  firstRows,
  fit,
  jsonl,
  layerNorm,
  linear,
  loadT5,
  loadTask,
  matMul,
  maxRows,
  meanRows,
  normal,
  ones,
  stdlib,
  tf,
  top1,
  vocabulary,
  zeros,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf, Words } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const experts = 3;
const length = 2;
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
  P: vocabulary([experts * length, d]),
  W: normal([d, experts], 0.1),
  g: ones([d]),
  b: zeros([d]),
  S: normal([experts, length, rank], 0.1),
  T: normal([experts, rank, 2 * length], 0.1),
  V: zeros([d, experts]),
};

/**
 * The words choose one of a few prompts, and a norm, a stack and a transpose see to the rest: every form once.
 * x: [batch, n, d], n ≤ s the rows of this batch.
 * mask: [batch, n, 1], 1 where the row is a word and 0 where it is padding.
 */
function chosen(
  { P, W, g, b, S, T, V }: TensorsOf<typeof parameters>,
  x: Tensor3D,
  { mask }: Words,
): Tensor3D {
  const gate = top1(
    tf.softmax(matMul(tf.add(tf.mul(layerNorm(meanRows(x, mask)), g), b), W)),
  ); // [batch, 1, experts]
  const prompts = tf.reshape(P, [experts, d * length]); // [experts, d × length]
  const heads = tf.reshape(maxRows(tf.reshape(P, [experts, length, d])), [experts, d]); // [experts, d]
  const likeness = matMul(maxRows(x, mask), tf.transpose(heads)); // [batch, 1, experts]
  const stack = meanRows(tf.matMul(S, T)); // [experts, 1, 2 × length]
  return concatRows(
    tf.reshape(matMul(gate, prompts), [-1, length, d]),
    matMul(tf.softmax(likeness), tf.transpose(V)),
    meanRows(P),
    tf.add(
      x,
      tf.matMul(
        firstRows(meanRows(tf.reshape(stack, [experts, 2 * length])), 1),
        tf.reshape(firstRows(P, 2 * length), [2 * length, d]),
      ),
    ),
  ); // [batch, length + 2 + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "chooser",
  spec: "sha256:5fe577c3a95798e4dae63a3da74caae78a2d83a3bbcf6d6e9ebcda1fd4268daf", // hash of the plan
  backbone,
  task,
  parameters,
  input: chosen,
  groups: {
    prompt: { tensors: ["P", "S", "T"], learningRate: 0.1 },
    router: { tensors: ["W", "g", "b", "V"], learningRate: 0.01 },
  },
  trained: 1_828, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 6,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
