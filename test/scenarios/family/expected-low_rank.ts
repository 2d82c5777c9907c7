/**
 * dpt(length = 6, rank = 2) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node low_rank.mjs`.
 *
 *   tensor   shape      formula         trained   group    learning rate
 *   U        [6, 2]     length × rank        12   prompt   0.1
 *   V        [2, 128]   rank × d            256   prompt   0.1
 *   total                                   268
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
  stdlib,
  tf,
  uniform,
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

const parameters = { U: uniform([length, rank], 0.5), V: uniform([rank, d], 0.5) };

/**
 * Decomposed prompt tuning by low rank: the prompt itself is a product. Xiao et al., 2023 (DPT), whose rank is 10; the
 * same graph is LoPT-1 of Guo, Damani and Chang, 2024.   input = [UV ; x]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function dpt({ U, V }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  return concatRows(tf.matMul(U, V), x); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "low_rank",
  spec: "sha256:01c98cf5b28448fcd4be3f4a53ff52dcd903008dcbe9a8a1c8602767478d93b8", // hash of the plan
  backbone,
  task,
  parameters,
  input: dpt,
  groups: { prompt: { tensors: ["U", "V"], learningRate: 0.1 } },
  trained: 268, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
