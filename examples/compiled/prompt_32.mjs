/**
 * Four methods that change what the backbone reads, and LoRA inside it, at the budget of a 32-token prompt.
 *
 * Written by dept 0.1.0 from family.dept; change that file, not this one.
 * Run it with `node prompt_32.mjs`.
 *
 *   tensor   shape       formula          trained   group    learning rate
 *   P        [32, 128]   length × d         4,096   prompt   0.3
 *   total                                   4,096
 *   budget   prompt_tuning(length = 32)     4,096   equal
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
const length = 32;

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
  name: "family/prompt_32",
  spec: "sha256:59b06f587766905f5bb18d1a44ff176d939fc655b4965467cebd364b143f8b73", // hash of the plan
  backbone,
  task,
  parameters,
  input: prompt_tuning,
  groups: { prompt: { tensors: ["P"], learningRate: 0.3 } },
  trained: 4_096, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 50 }),
  steps: 600,
  batch: 16,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 150,
  seed,
});
