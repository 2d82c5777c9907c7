/**
 * Writes the answer instead of ranking answers: trained on the text of a field, scored by what it writes.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node free_text.mjs`.
 *
 *   tensor   shape      formula      trained   group    learning rate
 *   P        [8, 128]   length × d     1,024   prompt   0.3
 *   total                              1,024
 */
import {
  adamW,
  concatRows,
  fit,
  freeText,
  jsonl,
  linear,
  loadT5,
  loadTask,
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
  train: jsonl(new URL("../data/train.jsonl", import.meta.url)),
  validation: jsonl(new URL("../data/validation.jsonl", import.meta.url)),
  test: jsonl(new URL("../data/test.jsonl", import.meta.url)),
  input: "{text}",
  target: freeText("a kind of {label}", {
    maxTokens: 4,
    beams: { count: 2, lengthPenalty: 0.5 },
  }),
  maxTokens: s,
  metrics: ["squadF1", "squadEm", "accuracy"], // the first decides which values are kept
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
  name: "free_text",
  spec: "sha256:c4b2e0960b4882ac233d87bf802290016d81e7c57bcba5ec25640939857804a9", // hash of the plan
  backbone,
  task,
  parameters,
  input: prompt_tuning,
  groups: { prompt: { tensors: ["P"], learningRate: 0.3 } },
  trained: 1_024, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 20,
  batch: 16,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 2, // default
  seed,
});
