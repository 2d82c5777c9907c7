/**
 * mpt(length = 4, source = "../data/source.safetensors") on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node multitask.mjs`.
 *
 *   tensor   shape      formula      trained   group    learning rate
 *   P        [4, 128]   length × d       512   prompt   0.1
 *   u        [4, 1]     length × 1         4   factor   0.01
 *   v        [1, 128]   1 × d            128   factor   0.01
 *   total                                644
 */
import {
  adamW,
  adapter,
  choice,
  concatRows,
  fit,
  jsonl,
  linear,
  loadT5,
  loadTask,
  normal,
  stdlib,
  tf,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 4;

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
  P: adapter([length, d], new URL("../data/source.safetensors", import.meta.url), "P"),
  u: normal([length, 1], 0.02),
  v: normal([1, d], 0.02),
};

/**
 * Multitask prompt tuning, its second stage: a shared prompt, multiplied by a matrix of rank 1 for the task. The first
 * stage, which distils the shared prompt from many tasks, is another run's business. Wang et al., 2023.
 * input = [P·(uv) ; x]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function mpt({ P, u, v }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  return concatRows(tf.mul(P, tf.matMul(u, v)), x); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "multitask",
  spec: "sha256:bb57c8c5ce9ac87cfb79d514d9b349b29eabe11b640fb4d6f196987a09ad9d74", // hash of the plan
  backbone,
  task,
  parameters,
  input: mpt,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.1 },
    factor: { tensors: ["u", "v"], learningRate: 0.01 },
  },
  trained: 644, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
