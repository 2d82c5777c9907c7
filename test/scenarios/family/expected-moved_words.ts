/**
 * trainable_tokens(count = 2, words = "animal food") on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node moved_words.mjs`.
 *
 *   tensor   shape      formula     trained   group    learning rate
 *   D        [2, 128]   count × d       256   tokens   0.1
 *   total                               256
 */
import {
  adamW,
  choice,
  fit,
  jsonl,
  linear,
  loadT5,
  loadTask,
  matMul,
  occurrences,
  stdlib,
  tf,
  tokensOf,
  zeros,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf, Words } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const count = 2;

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

const parameters = { D: zeros([count, d]) };
const tokens = tokensOf(backbone, "animal food", count); // refused unless it is so many

/**
 * Trainable tokens: wherever one of a few tokens of the vocabulary stands in the input, its embedding is moved by a learned
 * row. `words` is a text of exactly `count` different tokens. As in PEFT.   input = x + M D,   M[i, j] = 1 where word i is token j
 * x: [batch, n, d], n ≤ s the rows of this batch.
 * ids: [batch, n], the words' tokens.
 */
function trainable_tokens(
  { D }: TensorsOf<typeof parameters>,
  x: Tensor3D,
  { ids }: Words,
): Tensor3D {
  return tf.add(x, matMul(occurrences(ids, tokens), D)); // [batch, n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "moved_words",
  spec: "sha256:851aa5dae7b97277ea54c77e3ca5357cd1fb6bf18b9c7e802f3ced046a9503b1", // hash of the plan
  backbone,
  task,
  parameters,
  input: trainable_tokens,
  groups: { tokens: { tensors: ["D"], learningRate: 0.1 } },
  trained: 256, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
