/**
 * Two ways to spend the same 2,688 parameters: all in a prompt, or part of them in a low-rank pair.
 *
 * Written by dept 0.1.0 from comparison.dept; change that file, not this one.
 * Run it with `node plain.mjs`.
 *
 *   tensor   shape       formula          trained   group    learning rate
 *   P        [21, 128]   length × d         2,688   prompt   0.3
 *   total                                   2,688
 *   budget   prompt_tuning(length = 21)     2,688   equal
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

const seed = 42;
const d = 128; // width of wordnet_t5
const s = 48; // most tokens of an input; a longer one is cut
const length = 21;

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
  train: jsonl(stdlib("data/gloss-supersense/train.jsonl")),
  validation: jsonl(stdlib("data/gloss-supersense/validation.jsonl")),
  test: jsonl(stdlib("data/gloss-supersense/test.jsonl")),
  input: "{text}",
  target: choice("label", {
    animal: "animal",
    plant: "plant",
    person: "person",
    artifact: "artifact",
    food: "food",
    place: "place",
  }),
  maxTokens: s,
});

// Method: only these tensors learn.

const parameters = { P: vocabulary([length, d]) };

/**
 * Prompt tuning. Lester, Al-Rfou and Constant, 2021.   input = [P ; x]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function prompt_tuning({ P }, x) {
  return concatRows(P, x); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "at_21_tokens/plain",
  spec: "sha256:d3f94b8774b3f8570eea6da8f0b9185dfcde21c5e318cb288d6b0710a344515c", // hash of the plan
  backbone,
  task,
  parameters,
  input: prompt_tuning,
  groups: { prompt: { tensors: ["P"], learningRate: 0.3 } },
  trained: 2_688, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 50 }),
  steps: 600,
  batch: 16,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 150,
  seed,
});
