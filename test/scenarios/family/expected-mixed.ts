/**
 * attempt(length = 4, count = 2, sources = ["../data/source.safetensors", "../data/source.safetensors"], hidden = 3, temperature = 348) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node mixed.mjs`.
 *
 *   tensor   shape      formula              trained   group         learning rate
 *   S        [8, 128]   count × length × d    frozen
 *   P        [4, 128]   length × d               512   prompt        0.1
 *   Wd       [128, 3]   d × hidden               384   attention     0.01
 *   Wu       [3, 128]   hidden × d               384   attention     0.01
 *   gain     [128]      d                        128   attention     0.01
 *   bias     [128]      d                        128   attention     0.01
 *   total                                      1,536
 *   frozen                                     1,024   not trained
 */
import {
  adamW,
  adapter,
  choice,
  concatRows,
  fit,
  jsonl,
  kaimingUniform,
  layerNorm,
  linear,
  loadT5,
  loadTask,
  matMul,
  maxRows,
  ones,
  silu,
  stdlib,
  tf,
  vocabulary,
  zeros,
} from "dept-lang/runtime";
import type { Tensor3D, TensorsOf, Words } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const length = 4;
const count = 2;
const hidden = 3;
const temperature = 348;

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
  Wd: kaimingUniform([d, hidden], "rows"),
  Wu: kaimingUniform([hidden, d], "rows"),
  gain: ones([d]),
  bias: zeros([d]),
};

const constants = {
  S: adapter(
    [count * length, d],
    [
      new URL("../data/source.safetensors", import.meta.url),
      new URL("../data/source.safetensors", import.meta.url),
    ],
    "P",
  ),
}; // frozen: never trained

/**
 * Attentional mixtures of prompts: what the words have most of chooses among frozen prompts of other tasks and the one
 * that is trained. `sources` names as many adapters as `count` says. Asai et al., 2022.
 * input = [Σ aⱼPⱼ + P ; x],   a = softmax(norm(silu(max(x) Wd) Wu)·max(Pⱼ) / temperature) over the sources and P
 * x: [batch, n, d], n ≤ s the rows of this batch.
 * mask: [batch, n, 1], 1 where the row is a word and 0 where it is padding.
 */
function attempt(
  { S, P, Wd, Wu, gain, bias }: TensorsOf<typeof parameters & typeof constants>,
  x: Tensor3D,
  { mask }: Words,
): Tensor3D {
  const query = tf.add(
    tf.mul(layerNorm(matMul(silu(matMul(maxRows(x, mask), Wd)), Wu)), gain),
    bias,
  ); // [batch, 1, d]
  const all = concatRows(S, P); // [count × length + length, d]
  const heads = tf.reshape(maxRows(tf.reshape(all, [count + 1, length, d])), [
    count + 1,
    d,
  ]); // [count + 1, d]
  const share = tf.softmax(tf.div(matMul(query, tf.transpose(heads)), temperature)); // [batch, 1, count + 1]
  return concatRows(
    tf.add(
      tf.reshape(matMul(share, tf.reshape(all, [count + 1, d * length])), [
        -1,
        length,
        d,
      ]),
      P,
    ),
    x,
  ); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "mixed",
  spec: "sha256:6da92dc9778b2a3d63d2cd92679b32942f22af64ae005672df8d8ed039742de0", // hash of the plan
  backbone,
  task,
  parameters,
  constants,
  input: attempt,
  groups: {
    prompt: { tensors: ["P"], learningRate: 0.1 },
    attention: { tensors: ["Wd", "Wu", "gain", "bias"], learningRate: 0.01 },
  },
  trained: 1_536, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 4,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
