/**
 * The paper's main setting on RTE: T5-base, at the budget of a 100-token prompt. Fetches model and data from the Hugging Face Hub.
 *
 * Written by dept 0.1.0 from rte.dept; change that file, not this one.
 * Run it with `node rte_dept.mjs`.
 *
 *   tensor   shape       formula           trained   group    learning rate
 *   P        [40, 768]   length × d         30,720   prompt   0.4
 *   A        [256, 45]   s × rank           11,520   pair     0.0001
 *   B        [45, 768]   rank × d           34,560   pair     0.0001
 *   total                                   76,800
 *   budget   prompt_tuning(length = 100)    76,800   equal
 */
import {
  adamW,
  choice,
  concatRows,
  firstRows,
  fit,
  hub,
  hubDataset,
  kaimingUniform,
  linear,
  loadT5,
  loadTask,
  shuffled,
  tf,
  vocabulary,
  zeros,
} from "dept-lang/runtime";

const seed = 42;
const d = 768; // width of t5_base
const s = 256; // most tokens of an input; a longer one is cut
const length = 40;
const rank = 45; // solved from the budget

// Backbone and data: the backbone is frozen; its gradient is asked for at the embeddings alone.

const backbone = await loadT5(await hub("google-t5/t5-base"), {
  width: d,
  heads: 12,
  headWidth: 64,
  feedForward: 3_072,
  encoderLayers: 12,
  decoderLayers: 12,
  vocabulary: 32_128,
});

const task = await loadTask(backbone, {
  train: hubDataset("nyu-mll/glue", "rte", "train"),
  validation: shuffled(hubDataset("nyu-mll/glue", "rte", "validation"), {
    part: "first",
    share: 0.5,
  }),
  test: shuffled(hubDataset("nyu-mll/glue", "rte", "validation"), {
    part: "after",
    share: 0.5,
  }),
  input: "sentence1: {sentence1} sentence2: {sentence2}",
  target: choice("label", { 0: "0", 1: "1" }),
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
  name: "rte_dept",
  spec: "sha256:77f4317da5ab9c690f1ef4ceb24d971a5f7172481191868d690441e64fabec44", // hash of the plan
  backbone,
  task,
  parameters,
  input: dept,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.4, weightDecay: 0.00001 },
    pair: { tensors: ["A", "B"], learningRate: 0.0001, weightDecay: 0.00001 },
  },
  trained: 76_800, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 500 }),
  steps: 30_000,
  batch: 32,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1_000,
  seed,
});
