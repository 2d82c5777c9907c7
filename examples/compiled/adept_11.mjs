/**
 * Four methods that change what the backbone reads, and LoRA inside it, at the budget of a 32-token prompt.
 *
 * Written by dept 0.1.0 from family.dept; change that file, not this one.
 * Run it with `node adept_11.mjs`.
 *
 *   tensor   shape       formula          trained   group    learning rate
 *   P        [11, 128]   length × d         1,408   prompt   0.3
 *   W1       [128, 10]   d × hidden         1,280   offset   0.005
 *   b1       [10]        hidden                10   offset   0.005
 *   W2       [10, 128]   hidden × d         1,280   offset   0.005
 *   b2       [128]       d                    128   offset   0.005
 *   total                                   4,106
 *   budget   prompt_tuning(length = 32)     4,096   +0.24%
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
  matMul,
  stdlib,
  tf,
  vocabulary,
  zeros,
} from "dept-lang/runtime";

const seed = 42;
const d = 128; // width of wordnet_t5
const s = 48; // most tokens of an input; a longer one is cut
const length = 11;
const hidden = 10; // solved from the budget

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

const parameters = {
  P: vocabulary([length, d]),
  W1: kaimingUniform([d, hidden]),
  b1: zeros([hidden]),
  W2: zeros([hidden, d]),
  b2: zeros([d]),
};

/**
 * Adaptive decomposed prompt tuning: an offset for each token instead of each position. Tang, Hu and Liu, 2025.
 * input = [P ; x + relu(x W1 + b1) W2 + b2]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function adept({ P, W1, b1, W2, b2 }, x) {
  return concatRows(
    P,
    tf.add(tf.add(x, matMul(tf.relu(tf.add(matMul(x, W1), b1)), W2)), b2),
  ); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "family/adept_11",
  spec: "sha256:15d45ab3014f4a4b782ef5ebe02686e4a79abca0c97c48f68248814829b900c1", // hash of the plan
  backbone,
  task,
  parameters,
  input: adept,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.3 },
    offset: { tensors: ["W1", "b1", "W2", "b2"], learningRate: 0.005 },
  },
  trained: 4_106, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 50 }),
  steps: 600,
  batch: 16,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 150,
  seed,
});
