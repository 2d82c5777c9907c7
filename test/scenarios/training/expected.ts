/**
 * Every way to say how a step is taken: optimizer, schedules, limits, accumulation, memory, patience.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node training.mjs`.
 *
 *   tensor   shape       formula      trained   group    learning rate
 *   P        [10, 128]   length × d     1,280   prompt   0.3
 *   A        [16, 8]     s × rank         128   pair     0.005
 *   B        [8, 128]    rank × d       1,024   pair     0.005
 *   total                               2,432
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
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
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
  train: jsonl(new URL("../data/train.jsonl", import.meta.url)),
  validation: jsonl(new URL("../data/validation.jsonl", import.meta.url)),
  test: jsonl(new URL("../data/test.jsonl", import.meta.url)),
  input: "{text}",
  target: choice("label", { animal: "animal", food: "food" }),
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
function dept({ P, A, B }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  const n = x.shape[1]; // rows of this batch
  return concatRows(P, tf.add(x, firstRows(tf.matMul(A, B), n))); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "training",
  spec: "sha256:d0ac2c5d62b7f5635440fe469e17743eafab74d35836d4cad637f7cd83b09bfc", // hash of the plan
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
  trained: 2_432, // fit stops when the live tensors disagree
  optimizer: adafactor({ decayRate: -0.8, scaleParameter: false }),
  schedule: cosine({ warmup: 1 }),
  steps: 600,
  batch: 4,
  accumulate: 4, // batches in a step
  memory: "recompute", // activations are made again, not kept
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 60, // default
  patience: 5, // evaluations without a better one
  seed,
});
