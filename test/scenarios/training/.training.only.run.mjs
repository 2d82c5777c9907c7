/**
 * Every way to say how a step is taken: optimizer, schedules, limits, accumulation, patience.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node training.mjs`.
 *
 *   tensor   shape       formula      trained   group    learning rate
 *   P        [10, 128]   length × d     1,280   prompt   0.3
 *   A        [48, 8]     s × rank         384   pair     0.005
 *   B        [8, 128]    rank × d       1,024   pair     0.005
 *   total                               2,688
 */
import {
  adafactor,
  choice,
  concatRows,
  cosine,
  firstRows,
  fit,
  jsonl,
  kaimingUniform,
  loadT5,
  loadTask,
  stdlib,
  tf,
  vocabulary,
  warmup,
  zeros,
} from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 48; // most tokens of an input; a longer one is cut
const length = 10;
const rank = 8;

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
  name: "training",
  spec: "sha256:26dc96bbff9d512b641f85b521d87622a2d8a56b5694833425e14625b38ae1da", // hash of the plan
  backbone,
  task,
  parameters,
  input: dept,
  groups: {
    prompt: {
      tensors: ["P"],
      learningRate: 0.3,
      weightDecay: 0.00001,
      schedule: warmup(1),
      clip: 0.5,
    },
    pair: { tensors: ["A", "B"], learningRate: 0.005 },
  },
  trained: 2_688, // fit stops when the live tensors disagree
  optimizer: adafactor({ decayRate: -0.8, scaleParameter: false }),
  schedule: cosine({ warmup: 1 }),
  steps: 600,
  batch: 4,
  accumulate: 4, // batches in a step
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 60, // default
  patience: 5, // evaluations without a better one
  seed,
});
