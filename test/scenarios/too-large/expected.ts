/**
 * prompt_tuning(length = 100) on t5_large
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node too_large.mjs`.
 *
 *   tensor   shape         formula      trained   group    learning rate
 *   P        [100, 1024]   length × d   102,400   prompt   0.3
 *   total                               102,400
 */
import {
  adamW,
  choice,
  concatRows,
  fit,
  hub,
  hubDataset,
  linear,
  loadT5,
  loadTask,
  shuffled,
  vocabulary,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 1_024; // width of t5_large
const s = 256; // most tokens of an input; a longer one is cut
const length = 100;

// Backbone and data: the backbone is frozen; its gradient is asked for at the embeddings alone.

const backbone = await loadT5(await hub("google-t5/t5-large"), {
  width: d,
  heads: 16,
  headWidth: 64,
  feedForward: 4_096,
  encoderLayers: 24,
  decoderLayers: 24,
  vocabulary: 32_128,
});

const task = await loadTask(backbone, {
  train: hubDataset("nyu-mll/glue", "rte", "train"),
  validation: shuffled(hubDataset("nyu-mll/glue", "rte", "validation"), {
    part: "first",
    share: 0.5,
  }),
  test: shuffled(hubDataset("nyu-mll/glue", "rte", "validation"), {
    part: "after",
    share: 0.5,
  }),
  input: "sentence1: {sentence1} sentence2: {sentence2}",
  target: choice("label", { "0": "0", "1": "1" }),
  maxTokens: s,
});

// Method: only these tensors learn.

const parameters = { P: vocabulary([length, d]) };

/**
 * Prompt tuning. Lester, Al-Rfou and Constant, 2021.   input = [P ; x]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function prompt_tuning({ P }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  return concatRows(P, x); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "too_large",
  spec: "sha256:d27aba70ffe11c10553d3ad05676a7547d3e00abbe4f6a08fcff07151cf61775", // hash of the plan
  backbone,
  task,
  parameters,
  input: prompt_tuning,
  groups: { prompt: { tensors: ["P"], learningRate: 0.3 } },
  trained: 102_400, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 100,
  batch: 32,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 10, // default
  seed,
});
