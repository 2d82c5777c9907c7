/**
 * smop(length = 2, experts = 3) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node sparse.mjs`.
 *
 *   tensor   shape      formula                trained   group    learning rate
 *   P        [6, 128]   experts × length × d       768   prompt   0.1
 *   W        [128, 3]   d × experts                384   router   0.01
 *   total                                        1,152
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
  matMul,
  meanRows,
  orthogonal,
  stdlib,
  tf,
  top1,
  vocabulary,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf, Words } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 2;
const experts = 3;

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
  W: orthogonal([d, experts]),
};

/**
 * Sparse mixture of prompts: the mean of the words chooses one of a few short prompts and scales it by how sure the
 * choice is. Without the noise and the balancing loss that the router may have in training. Choi et al., 2023.
 * input = [pⱼPⱼ ; x],   p = softmax(mean(x) W), j its largest
 * x: [batch, n, d], n ≤ s the rows of this batch.
 * mask: [batch, n, 1], 1 where the row is a word and 0 where it is padding.
 */
function smop(
  { P, W }: TensorsOf<typeof parameters>,
  x: Tensor3D,
  { mask }: Words,
): Tensor3D {
  const gate = top1(tf.softmax(matMul(meanRows(x, mask), W))); // [batch, 1, experts]
  return concatRows(
    tf.reshape(matMul(gate, tf.reshape(P, [experts, d * length])), [-1, length, d]),
    x,
  ); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "sparse",
  spec: "sha256:5c599ed81eefc01430e2ce035b55ad4243fafcb189a392d63c7449d7cbd50d9a", // hash of the plan
  backbone,
  task,
  parameters,
  input: smop,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.1 },
    router: { tensors: ["W"], learningRate: 0.01 },
  },
  trained: 1_152, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
