/**
 * lopt_2(length = 6, rank = 2) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node bottleneck.mjs`.
 *
 *   tensor   shape      formula      trained   group         learning rate
 *   X        [6, 128]   length × d    frozen
 *   U        [128, 2]   d × rank         256   prompt        0.1
 *   V        [2, 128]   rank × d         256   prompt        0.1
 *   total                                512
 *   frozen                               768   not trained
 */
import {
  adamW,
  choice,
  concatRows,
  fit,
  jsonl,
  kaimingUniform,
  linear,
  loadT5,
  loadTask,
  stdlib,
  tf,
  vocabulary,
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

const parameters = {
  U: kaimingUniform([d, rank], "rows"),
  V: kaimingUniform([rank, d]),
};

const constants = { X: vocabulary([length, d]) }; // frozen: never trained

/**
 * LoPT-2, which keeps no prompt of its own: frozen rows, pressed through a trained bottleneck. Guo, Damani and Chang, 2024.
 * input = [σ(X U) V ; x]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function lopt_2(
  { X, U, V }: TensorsOf<typeof parameters & typeof constants>,
  x: Tensor3D,
): Tensor3D {
  return concatRows(tf.matMul(tf.sigmoid(tf.matMul(X, U)), V), x); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "bottleneck",
  spec: "sha256:65a82b3b82a9c2844bf378f0f14648d89a72e62d4e7bc29f3e52d453a81787c5", // hash of the plan
  backbone,
  task,
  parameters,
  constants,
  input: lopt_2,
  groups: { prompt: { tensors: ["U", "V"], learningRate: 0.1 } },
  trained: 512, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
