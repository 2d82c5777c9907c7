/**
 * Allowed, and hardly meant.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node long.mjs`.
 *
 *   tensor   shape       formula      trained   group    learning rate
 *   P        [20, 128]   length × d     2,560   prompt   0.3
 *   b        [128]       d                128   offset   0
 *   total                               2,688
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
  stdlib,
  tf,
  vocabulary,
  zeros,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 20;

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
  test: jsonl(new URL("../data/validation.jsonl", import.meta.url)),
  input: "what is {{text}}?",
  target: choice("label", { animal: "animal", food: "food" }),
  maxTokens: s,
});

// Method: only these tensors learn.

const parameters = { P: vocabulary([length, d]), b: zeros([d]) };

/** x: [batch, n, d], n ≤ s the rows of this batch. */
function forgotten_norm({ P, b }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  return concatRows(P, tf.add(x, b)); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "long",
  spec: "sha256:ae40dd9dd62273897895269fefc587bd7ef3011ea15b97aa7229ceed1845a62e", // hash of the plan
  backbone,
  task,
  parameters,
  input: forgotten_norm,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.3 },
    offset: { tensors: ["b"], learningRate: 0 },
  },
  trained: 2_688, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 10,
  batch: 32, // default
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
