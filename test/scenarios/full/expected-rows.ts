/**
 * Every weight of the embedded backbone, and beside it the norms alone, the embeddings with a rate of their own.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node rows.mjs`.
 *
 *   tensor   shape            formula                   trained   group    learning rate
 *   P        [2, 128]         length × d                    256   prompt   0.3
 *   words    [1, 4096, 128]   tables × vocabulary × d   524,288   words    0.0001
 *   total                                               524,544
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
  pretrained,
  stdlib,
  trained,
  vocabulary,
} from "dept-lang/runtime";
import type { Inside, Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 12; // most tokens of an input; a longer one is cut
const vocabularySize = 4_096; // tokens of the vocabulary
const tables = 1; // tables of a row for each token: the embeddings', and an untied head's own
const length = 2;

// Backbone and data: of the backbone only those weights are trained that are named below.

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
  words: pretrained([tables, vocabularySize, d], "embeddings"),
};

/**
 * A prompt, and the words' own rows with it.
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function prompt_and_words({ P }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  return concatRows(P, x); // [batch, length + n, d]
}

/**
 * A prompt, and the words' own rows with it.
 * Each change acts at every place of its kind.
 */
function prompt_and_wordsInside({ words }: TensorsOf<typeof parameters>): Inside {
  return { embeddings: trained(words) };
}

// Training: one learning rate for each group.

await fit({
  name: "rows",
  spec: "sha256:4c51822963d406c325de326a7ef56fa118b4223f0a4a9d106b6c93fbdab7c8a1", // hash of the plan
  backbone,
  task,
  parameters,
  input: prompt_and_words,
  inside: prompt_and_wordsInside,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.3 },
    words: { tensors: ["words"], learningRate: 0.0001 },
  },
  trained: 524_544, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 2,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
