/**
 * Every kind of axis; the budget is kept at every point.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node length=12,scale=2.0,lr=0.4,seed=2.mjs`.
 *
 *   tensor   shape       formula          trained   group    learning rate
 *   P        [12, 128]   length × d         1,536   prompt   0.4
 *   A        [16, 0]     s × rank               0   pair     0.005
 *   B        [0, 128]    rank × d               0   pair     0.005
 *   total                                   1,536
 *   budget   prompt_tuning(length = 12)     1,536   equal
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
  vocabulary,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 2;
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 12;

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

const parameters = { P: vocabulary([length, d]) };

/**
 * Decomposed prompt tuning. Shi and Lipani, 2024.   input = [P ; x + scale·AB]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function dept({ P }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  return concatRows(P, x); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "wide/length=12,scale=2.0,lr=0.4,seed=2",
  spec: "sha256:3276ade0bea2f7be3bacadcd356fc9971c2b97bd41d3e44de9badb9079b1c93f", // hash of the plan
  backbone,
  task,
  parameters,
  input: dept,
  groups: { prompt: { tensors: ["P"], learningRate: 0.4 } },
  trained: 1_536, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 8,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
