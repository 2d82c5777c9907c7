/**
 * How should a budget be split between prompt and pair? From the pair alone to the prompt alone, every point of the sweep
 * trains the same 4,224 parameters.
 *
 * Written by dept 0.1.0 from lengths.dept; change that file, not this one.
 * Run it with `node length=0,seed=42.mjs`.
 *
 *   tensor   shape       formula          trained   group    learning rate
 *   P        [0, 128]    length × d             0   prompt   0.3
 *   A        [48, 24]    s × rank           1,152   pair     0.005
 *   B        [24, 128]   rank × d           3,072   pair     0.005
 *   total                                   4,224
 *   budget   prompt_tuning(length = 33)     4,224   equal
 */
import {
  adamW,
  choice,
  firstRows,
  fit,
  jsonl,
  kaimingUniform,
  linear,
  loadT5,
  loadTask,
  stdlib,
  tf,
  zeros,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42;
const d = 128; // width of wordnet_t5
const s = 48; // most tokens of an input; a longer one is cut
const rank = 24; // solved from the budget

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

const parameters = { A: kaimingUniform([s, rank]), B: zeros([rank, d]) };

/**
 * Decomposed prompt tuning. Shi and Lipani, 2024.   input = [P ; x + scale·AB]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function dept({ A, B }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  const n = x.shape[1]; // rows of this batch
  return tf.add(x, firstRows(tf.matMul(A, B), n)); // [batch, n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "lengths/length=0,seed=42",
  spec: "sha256:d22d0a2d6baeac38ecd3197a897b900805828403f1aee8dcddfc584e21045b38", // hash of the plan
  backbone,
  task,
  parameters,
  input: dept,
  groups: { pair: { tensors: ["A", "B"], learningRate: 0.005 } },
  trained: 4_224, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 50 }),
  steps: 300,
  batch: 16,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 30, // default
  seed,
});
