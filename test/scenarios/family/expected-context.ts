/**
 * cpt(length = 6, context = "a dish: food, a beast: animal") on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node context.mjs`.
 *
 *   tensor   shape      formula      trained   group         learning rate
 *   C        [6, 128]   length × d    frozen
 *   D        [6, 128]   length × d       768   prompt        0.1
 *   total                                768
 *   frozen                               768   not trained
 */
import {
  adamW,
  ball,
  choice,
  concatRows,
  fit,
  jsonl,
  linear,
  loadT5,
  loadTask,
  stdlib,
  text,
  tf,
  zeros,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 6;
const radius = 0.1; // default

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

const parameters = { D: zeros([length, d]) };
const constants = { C: text([length, d], "a dish: food, a beast: animal") }; // frozen: never trained

/**
 * Context-aware prompt tuning: the frozen rows of a text, worked examples for instance, each moved a little. Without the
 * loss over the examples' own labels. Blau et al., 2024, and PEFT.   input = [C + D ; x],   |D's rows| ≤ radius
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function cpt(
  { C, D }: TensorsOf<typeof parameters & typeof constants>,
  x: Tensor3D,
): Tensor3D {
  return concatRows(tf.add(C, D), x); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "context",
  spec: "sha256:2437a57c9fbf6b08cd9ab0f21a7bb9686cd6dc4894b3e1893a9365a346af1db2", // hash of the plan
  backbone,
  task,
  parameters,
  constants,
  input: cpt,
  groups: { prompt: { tensors: ["D"], learningRate: 0.1 } },
  projections: { D: ball(radius) }, // after each step
  trained: 768, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
