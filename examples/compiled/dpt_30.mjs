/**
 * Four methods that change what the backbone reads, and LoRA inside it, at the budget of a 32-token prompt.
 *
 * Written by dept 0.1.0 from family.dept; change that file, not this one.
 * Run it with `node dpt_30.mjs`.
 *
 *   tensor   shape       formula          trained   group    learning rate
 *   U        [30, 26]    length × rank        780   prompt   0.3
 *   V        [26, 128]   rank × d           3,328   prompt   0.3
 *   total                                   4,108
 *   budget   prompt_tuning(length = 32)     4,096   +0.29%
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

const seed = 42;
const d = 128; // width of wordnet_t5
const s = 48; // most tokens of an input; a longer one is cut
const length = 30;
const rank = 26; // solved from the budget

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

const parameters = { U: uniform([length, rank], 0.5), V: uniform([rank, d], 0.5) };

/**
 * Decomposed prompt tuning by low rank: the prompt itself is a product. Xiao et al., 2023 (DPT), whose rank is 10; the
 * same graph is LoPT-1 of Guo, Damani and Chang, 2024.   input = [UV ; x]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function dpt({ U, V }, x) {
  return concatRows(tf.matMul(U, V), x); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "family/dpt_30",
  spec: "sha256:a7fb75286597259564cbbfa839d0cce3f5f1fe42efb645df47f0fc6cb1150622", // hash of the plan
  backbone,
  task,
  parameters,
  input: dpt,
  groups: { prompt: { tensors: ["U", "V"], learningRate: 0.3 } },
  trained: 4_108, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 50 }),
  steps: 600,
  batch: 16,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 150,
  seed,
});
