/**
 * Methods inside the blocks of decoder-only models. Llama's six heads share two of keys and values.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node both.mjs`.
 *
 *   tensor   shape        formula                                     trained   group    learning rate
 *   P        [2, 24]      length × d                                       48   prompt   0.3
 *   A        [2, 2, 24]   attentions × rank × d                            96   pair     0.001
 *   B        [2, 8, 2]    attentions × head_width × kv_heads × rank        32   pair     0.001
 *   total                                                                 176
 *   budget   at most                                                    1,000   824 left
 */
import {
  adamW,
  choice,
  concatRows,
  fit,
  jsonl,
  linear,
  loadLlama,
  loadTask,
  lowRank,
  normal,
  vocabulary,
  zeros,
} from "dept-lang/runtime";
import type { Inside, Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 24; // width of tiny_llama
const s = 16; // most tokens of an input; a longer one is cut
const kv_heads = 2; // heads of keys and values: fewer where several heads share one
const head_width = 4; // width of a head
const attentions = 2; // attentions: a decoder block has two
const length = 2;
const rank = 2;

// Backbone and data: the backbone is frozen; its gradient is asked for at the embeddings and the method's tensors.

const backbone = await loadLlama(
  new URL("../../fixtures/tiny-causal/llama", import.meta.url),
  {
    width: d,
    layers: 2,
    heads: 6,
    kvHeads: 2,
    headWidth: 4,
    feedForward: 40,
    head: "untied",
    vocabulary: 64,
  },
);

const task = await loadTask(backbone, {
  train: jsonl(new URL("../data/train.jsonl", import.meta.url)),
  validation: jsonl(new URL("../data/validation.jsonl", import.meta.url)),
  test: jsonl(new URL("../data/test.jsonl", import.meta.url)),
  input: "{text}",
  target: choice("label", { animal: "w5", food: "w6 w7" }),
  maxTokens: s,
});

// Method: only these tensors learn.

const parameters = {
  P: vocabulary([length, d]),
  A: normal([attentions, rank, d], 0.1),
  B: zeros([attentions, head_width * kv_heads, rank]),
};

/**
 * A prompt before the backbone, and low-rank maps at the keys.   input = [P ; x],   key = K x + B A x
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function prompt_and_key({ P }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  return concatRows(P, x); // [batch, length + n, d]
}

/**
 * A prompt before the backbone, and low-rank maps at the keys.   input = [P ; x],   key = K x + B A x
 * Each change acts at every place of its kind.
 */
function prompt_and_keyInside({ A, B }: TensorsOf<typeof parameters>): Inside {
  return { key: lowRank(A, B) };
}

// Training: one learning rate for each group.

await fit({
  name: "grouped/both",
  spec: "sha256:98f41d01ac6ce5ce3e16fb0d2bd522a8bc35272ae92385e87cbadf699d5dfef5", // hash of the plan
  backbone,
  task,
  parameters,
  input: prompt_and_key,
  inside: prompt_and_keyInside,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.3 },
    pair: { tensors: ["A", "B"], learningRate: 0.001 },
  },
  trained: 176, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 2,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
