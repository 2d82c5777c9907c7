/**
 * residual_prompt_tuning(length = 3, hidden = 4) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node residual.mjs`.
 *
 *   tensor   shape      formula      trained   group     learning rate
 *   P        [3, 128]   length × d       384   prompt    0.1
 *   W1       [128, 4]   d × hidden       512   network   0.01
 *   b1       [4]        hidden             4   network   0.01
 *   W2       [4, 128]   hidden × d       512   network   0.01
 *   b2       [128]      d                128   network   0.01
 *   gain     [128]      d                128   network   0.01
 *   bias     [128]      d                128   network   0.01
 *   total                              1,796
 */
import {
  adamW,
  choice,
  concatRows,
  fit,
  jsonl,
  kaimingUniform,
  layerNorm,
  linear,
  loadT5,
  loadTask,
  ones,
  stdlib,
  tf,
  uniform,
  vocabulary,
  zeros,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 3;
const hidden = 4;

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
  P: vocabulary([length, d]),
  W1: kaimingUniform([d, hidden], "rows"),
  b1: uniform([hidden], 1 / Math.sqrt(d)),
  W2: kaimingUniform([hidden, d], "rows"),
  b2: uniform([d], 1 / Math.sqrt(hidden)),
  gain: ones([d]),
  bias: zeros([d]),
};

/**
 * Residual prompt tuning: the prompt and what one network, shared by its rows, makes of it. Razdaibiedina et al., 2023.
 * input = [P + norm(relu(P W1 + b1) W2 + b2) ; x]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function residual_prompt_tuning(
  { P, W1, b1, W2, b2, gain, bias }: TensorsOf<typeof parameters>,
  x: Tensor3D,
): Tensor3D {
  return concatRows(
    tf.add(
      P,
      tf.add(
        tf.mul(
          layerNorm(tf.add(tf.matMul(tf.relu(tf.add(tf.matMul(P, W1), b1)), W2), b2)),
          gain,
        ),
        bias,
      ),
    ),
    x,
  ); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "residual",
  spec: "sha256:522449c71f45d4c237122bf356bda32ff27f066413c4d18aa3ad67e55046f654", // hash of the plan
  backbone,
  task,
  parameters,
  input: residual_prompt_tuning,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.1 },
    network: { tensors: ["W1", "b1", "W2", "b2", "gain", "bias"], learningRate: 0.01 },
  },
  trained: 1_796, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
