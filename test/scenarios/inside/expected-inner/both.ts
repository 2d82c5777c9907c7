/**
 * prompt_and_key(length = 2, rank = 2) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node both.mjs`.
 *
 *   tensor   shape         formula                                  trained   group    learning rate
 *   P        [2, 128]      length × d                                   256   prompt   0.3
 *   A        [8, 2, 128]   attentions × rank × d                      2,048   pair     0.001
 *   B        [8, 128, 2]   attentions × head_width × heads × rank     2,048   pair     0.001
 *   total                                                             4,352
 *   budget   at most                                                 50,000   45,648 left
 */
import {
  adamW,
  choice,
  concatRows,
  fit,
  jsonl,
  linear,
  loadT5,
  loadTask,
  lowRank,
  normal,
  stdlib,
  vocabulary,
  zeros,
} from "dept-lang/runtime";
import type { Inside, Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 12; // most tokens of an input; a longer one is cut
const heads = 4; // heads of an attention
const head_width = 32; // width of a head
const attentions = 8; // attentions: a decoder block has two
const length = 2;
const rank = 2;

// Backbone and data: the backbone is frozen; its gradient is asked for at the embeddings and the method's tensors.

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
  A: normal([attentions, rank, d], 0.1),
  B: zeros([attentions, head_width * heads, rank]),
};

/**
 * A prompt before the backbone and low-rank maps inside it.   input = [P ; x],   key = K x + B A x
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function prompt_and_key({ P }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  return concatRows(P, x); // [batch, length + n, d]
}

/**
 * A prompt before the backbone and low-rank maps inside it.   input = [P ; x],   key = K x + B A x
 * Each change acts at every place of its kind.
 */
function prompt_and_keyInside({ A, B }: TensorsOf<typeof parameters>): Inside {
  return { key: lowRank(A, B) };
}

// Training: one learning rate for each group.

await fit({
  name: "inner/both",
  spec: "sha256:b553f1822a20a2057849c5d5d09776db2224495d0ae26487ceab1ff01b8b33a1", // hash of the plan
  backbone,
  task,
  parameters,
  input: prompt_and_key,
  inside: prompt_and_keyInside,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.3 },
    pair: { tensors: ["A", "B"], learningRate: 0.001 },
  },
  trained: 4_352, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 2,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
