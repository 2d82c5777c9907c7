/**
 * Rows with all that `dept data` warns of.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node rows.mjs`.
 *
 *   tensor   shape      formula      trained   group    learning rate
 *   P        [8, 128]   length × d     1,024   prompt   0.3
 *   A        [16, 4]    s × rank          64   pair     0.005
 *   B        [4, 128]   rank × d         512   pair     0.005
 *   total                              1,600
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
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 8;
const rank = 4;

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
  train: jsonl(new URL("./train.jsonl", import.meta.url)),
  validation: jsonl(new URL("./validation.jsonl", import.meta.url)),
  test: jsonl(new URL("./test.jsonl", import.meta.url)),
  input: "{text}",
  target: choice("label", { animal: "animal", plant: "a plant that is no animal" }),
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
  name: "rows",
  spec: "sha256:928ae2861d00f9eee938b6ad3d91614bc0d9165d9aa31b59d6e6f6b901f2eb5e", // hash of the plan
  backbone,
  task,
  parameters,
  input: dept,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.3 },
    pair: { tensors: ["A", "B"], learningRate: 0.005 },
  },
  trained: 1_600, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 10,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
