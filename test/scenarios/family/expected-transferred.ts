/**
 * spot(length = 4, source = "../data/source.safetensors") on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node transferred.mjs`.
 *
 *   tensor   shape      formula      trained   group    learning rate
 *   P        [4, 128]   length × d       512   prompt   0.1
 *   total                                512
 */
import {
  adamW,
  adapter,
  choice,
  concatRows,
  fit,
  jsonl,
  linear,
  loadT5,
  loadTask,
  stdlib,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 4;

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

const parameters = {
  P: adapter([length, d], new URL("../data/source.safetensors", import.meta.url), "P"),
};

/**
 * Soft prompt transfer: prompt tuning that starts from tensor P of another run's adapter. Vu et al., 2022.
 * input = [P ; x]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function spot({ P }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  return concatRows(P, x); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "transferred",
  spec: "sha256:b6fcc97d5e406b1a785680bd9625666769c222bc95603b1778b47ef0063964c0", // hash of the plan
  backbone,
  task,
  parameters,
  input: spot,
  groups: { prompt: { tensors: ["P"], learningRate: 0.1 } },
  trained: 512, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
