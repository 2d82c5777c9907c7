/**
 * Which of six kinds of thing does a dictionary definition describe?
 * Decomposed prompt tuning of the embedded backbone, at the parameter count of a 21-token prompt.
 *
 * Written by dept 0.1.0 from quickstart.dept; change that file, not this one.
 * Run it with `node quickstart.mjs`.
 *
 *   tensor   shape       formula          trained   group    learning rate
 *   P        [10, 128]   length × d         1,280   prompt   0.3
 *   A        [48, 8]     s × rank             384   pair     0.005
 *   B        [8, 128]    rank × d           1,024   pair     0.005
 *   total                                   2,688
 *   budget   prompt_tuning(length = 21)     2,688   equal
 */
import {
  adamW,
  choice,
  concatRows,
  firstRows,
  fit,
  jsonl,
  kaimingUniform,
  linear,
  loadT5,
  loadTask,
  stdlib,
  tf,
  vocabulary,
  zeros,
} from "dept-lang/runtime";

const seed = 42;
const d = 128; // width of wordnet_t5
const s = 48; // most tokens of an input; a longer one is cut
const length = 10;
const rank = 8; // solved from the budget

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
  A: kaimingUniform([s, rank]),
  B: zeros([rank, d]),
};

/**
 * Decomposed prompt tuning. Shi and Lipani, 2024.   input = [P ; x + scale·AB]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function dept({ P, A, B }, x) {
  const n = x.shape[1]; // rows of this batch
  return concatRows(P, tf.add(x, firstRows(tf.matMul(A, B), n))); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "quickstart",
  spec: "sha256:fc4702f7b216c48a6f97f6d1dedcf37987f0e55a30b304d2a98a15d7151b6c34", // hash of the plan
  backbone,
  task,
  parameters,
  input: dept,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.3 },
    pair: { tensors: ["A", "B"], learningRate: 0.005 },
  },
  trained: 2_688, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 50 }),
  steps: 600,
  batch: 16,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 150,
  seed,
});
