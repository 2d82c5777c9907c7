/**
 * dept(length = 20, rank = 53) on t5_small
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node tolerant.mjs`.
 *
 *   tensor   shape       formula           trained   group    learning rate
 *   P        [20, 512]   length × d         10,240   prompt   0.3
 *   A        [256, 53]   s × rank           13,568   pair     0.0005
 *   B        [53, 512]   rank × d           27,136   pair     0.0005
 *   total                                   50,944
 *   budget   prompt_tuning(length = 100)    51,200   −0.50%
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

const seed = 42; // default
const d = 512; // width of t5_small
const s = 256; // most tokens of an input; a longer one is cut
const length = 20;
const rank = 53; // solved from the budget

// Backbone and data: the backbone is frozen; its gradient is asked for at the embeddings alone.

const backbone = await loadT5(await hub("google-t5/t5-small"), {
  width: d,
  heads: 8,
  headWidth: 64,
  feedForward: 2_048,
  encoderLayers: 6,
  decoderLayers: 6,
  vocabulary: 32_128,
});

const task = await loadTask(backbone, {
  train: jsonl(new URL("./data/train.jsonl", import.meta.url)),
  validation: jsonl(new URL("./data/validation.jsonl", import.meta.url)),
  test: jsonl(new URL("./data/test.jsonl", import.meta.url)),
  input: "{sentence1} {sentence2}",
  target: choice("label", { no: "no", yes: "yes" }),
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
  name: "tolerant",
  spec: "sha256:20581412f4e9232f5833d8fd889699bd198a63af012f816c5e95f3456007e73b", // hash of the plan
  backbone,
  task,
  parameters,
  input: dept,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.3 },
    pair: { tensors: ["A", "B"], learningRate: 0.0005 },
  },
  trained: 50_944, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 1_000,
  batch: 32, // default
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 100, // default
  seed,
});
