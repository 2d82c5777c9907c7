/**
 * A method of one's own: besides a prompt, a factor for each feature of the words. The shared budget pays for both.
 *
 * Written by dept 0.1.0 from own-method.dept; change that file, not this one.
 * Run it with `node own_method.mjs`.
 *
 *   tensor   shape       formula          trained   group     learning rate
 *   P        [20, 128]   length × d         2,560   prompt    0.3
 *   g        [128]       d                    128   factors   0.005
 *   total                                   2,688
 *   budget   prompt_tuning(length = 21)     2,688   equal
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
  ones,
  stdlib,
  tf,
  vocabulary,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42;
const d = 128; // width of wordnet_t5
const s = 48; // most tokens of an input; a longer one is cut
const length = 20; // solved from the budget

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
  train: jsonl(stdlib("data/gloss-supersense/train.jsonl")),
  validation: jsonl(stdlib("data/gloss-supersense/validation.jsonl")),
  test: jsonl(stdlib("data/gloss-supersense/test.jsonl")),
  input: "{text}",
  target: choice("label", {
    animal: "animal",
    plant: "plant",
    person: "person",
    artifact: "artifact",
    food: "food",
    place: "place",
  }),
  maxTokens: s,
});

// Method: only these tensors learn.

const parameters = { P: vocabulary([length, d]), g: ones([d]) };

/**
 * Rows in front, and each of the d features of a word made larger or smaller.   input = [P ; x · g]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function scaled_words({ P, g }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  return concatRows(P, tf.mul(x, g)); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "own_method",
  spec: "sha256:41c88aa116c2a5edd77cb9e6df9dcb92ace576bedd09d08ff3166a229eea3d6a", // hash of the plan
  backbone,
  task,
  parameters,
  input: scaled_words,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.3 },
    factors: { tensors: ["g"], learningRate: 0.005 },
  },
  trained: 2_688, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 50 }),
  steps: 300,
  batch: 16,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 100,
  seed,
});
