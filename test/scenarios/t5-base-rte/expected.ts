/**
 * Decomposed prompt tuning of T5-base on RTE, at the budget of a 100-token prompt.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node rte_dept.mjs`.
 *
 *   tensor   shape       formula           trained   group    learning rate
 *   P        [40, 768]   length × d         30,720   prompt   0.3
 *   A        [256, 45]   s × rank           11,520   pair     0.0005
 *   B        [45, 768]   rank × d           34,560   pair     0.0005
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
  jsonl,
  kaimingUniform,
  linear,
  loadT5,
  loadTask,
  tf,
  vocabulary,
  zeros,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

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
  train: jsonl(new URL("./data/train.jsonl", import.meta.url)),
  validation: jsonl(new URL("./data/validation.jsonl", import.meta.url)),
  test: jsonl(new URL("./data/test.jsonl", import.meta.url)),
  input: "sentence1: {sentence1} sentence2: {sentence2}",
  target: choice("label", { "0": "entailment", "1": "not_entailment" }),
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
  name: "rte_dept",
  spec: "sha256:b74a675bd3b70443d4828f299e307ff10307c2ddfd89c49b7cfd4668f61374ab", // hash of the plan
  backbone,
  task,
  parameters,
  input: dept,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.3 },
    pair: { tensors: ["A", "B"], learningRate: 0.0005 },
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
