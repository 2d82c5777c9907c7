/**
 * prompt_tuning(length = 8) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node chosen.mjs`.
 *
 *   tensor   shape      formula      trained   group    learning rate
 *   P        [8, 128]   length × d     1,024   prompt   0.3
 *   total                              1,024
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
  shuffled,
  stdlib,
  vocabulary,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 8;

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
  train: shuffled(jsonl(new URL("./rows.jsonl", import.meta.url)), {
    part: "after",
    rows: 100,
  }),
  validation: shuffled(jsonl(new URL("./rows.jsonl", import.meta.url)), {
    part: "first",
    rows: 100,
  }),
  test: jsonl(new URL("./test.jsonl", import.meta.url)),
  input: "{text}",
  target: choice("label", { no: "no", yes: "yes" }),
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
  name: "chosen",
  spec: "sha256:4b81c1a5b447ca6b65aa0fc5ef3bbb6ff9b1b930c0e163fc5faeb4572a74dea0", // hash of the plan
  backbone,
  task,
  parameters,
  input: prompt_tuning,
  groups: { prompt: { tensors: ["P"], learningRate: 0.3 } },
  trained: 1_024, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 10,
  batch: 32, // default
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
