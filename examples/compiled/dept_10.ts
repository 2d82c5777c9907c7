/**
 * Four methods that change what the backbone reads, and LoRA inside it, at the budget of a 32-token prompt.
 *
 * Written by dept 0.1.0 from family.dept; change that file, not this one.
 * Run it with `node dept_10.mjs`.
 *
 *   tensor   shape       formula          trained   group    learning rate
 *   P        [10, 128]   length × d         1,280   prompt   0.3
 *   A        [48, 16]    s × rank             768   pair     0.005
 *   B        [16, 128]   rank × d           2,048   pair     0.005
 *   total                                   4,096
 *   budget   prompt_tuning(length = 32)     4,096   equal
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

const seed = 42;
const d = 128; // width of wordnet_t5
const s = 48; // most tokens of an input; a longer one is cut
const length = 10;
const rank = 16; // solved from the budget

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
  name: "family/dept_10",
  spec: "sha256:597e6b4c3317fb4bb77d8c834770ec5cf496c61e571c448591f8586649285da3", // hash of the plan
  backbone,
  task,
  parameters,
  input: dept,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.3 },
    pair: { tensors: ["A", "B"], learningRate: 0.005 },
  },
  trained: 4_096, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 50 }),
  steps: 600,
  batch: 16,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 150,
  seed,
});
