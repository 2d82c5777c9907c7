/**
 * prompt_tuning(length = 8) on t5_small
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node mixed.mjs`.
 *
 *   tensor   shape      formula      trained   group    learning rate
 *   P        [8, 512]   length × d     4,096   prompt   0.3
 *   total                              4,096
 */
import {
  adamW,
  choice,
  concatRows,
  fit,
  hub,
  jsonl,
  linear,
  loadT5,
  loadTask,
  shuffled,
  vocabulary,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 512; // width of t5_small
const s = 16; // most tokens of an input; a longer one is cut
const length = 8;

// Backbone and data: the backbone is frozen; its gradient is asked for at the embeddings alone.

const backbone = await loadT5(await hub("google-t5/t5-small"), {
  width: d,
  heads: 8,
  headWidth: 64,
  feedForward: 2_048,
  encoderLayers: 6,
  decoderLayers: 6,
  vocabulary: 32_128,
});

const task = await loadTask(backbone, {
  train: shuffled(jsonl(new URL("./rows.jsonl", import.meta.url)), {
    part: "after",
    rows: 200,
  }),
  validation: shuffled(jsonl(new URL("./rows.jsonl", import.meta.url)), {
    part: "first",
    rows: 100,
  }),
  test: shuffled(jsonl(new URL("./rows.jsonl", import.meta.url)), {
    part: "first",
    rows: 200,
  }),
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
  name: "mixed",
  spec: "sha256:8376b17b9c40aa0e1f5480d86ddf5735cc6e0f9a7c1b0ec10a0aca8922372e5d", // hash of the plan
  backbone,
  task,
  parameters,
  input: prompt_tuning,
  groups: { prompt: { tensors: ["P"], learningRate: 0.3 } },
  trained: 4_096, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 10,
  batch: 32, // default
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
