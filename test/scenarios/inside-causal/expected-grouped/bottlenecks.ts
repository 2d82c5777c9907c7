/**
 * Methods inside the blocks of decoder-only models. Llama's six heads share two of keys and values.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node bottlenecks.mjs`.
 *
 *   tensor                   shape        formula             trained   group     learning rate
 *   attention_down           [2, 4, 24]   layers × size × d       192   adapter   0.001
 *   attention_down_bias      [2, 4]       layers × size             8   adapter   0.001
 *   attention_up             [2, 24, 4]   layers × d × size       192   adapter   0.001
 *   attention_up_bias        [2, 24]      layers × d               48   adapter   0.001
 *   feed_forward_down        [2, 4, 24]   layers × size × d       192   adapter   0.001
 *   feed_forward_down_bias   [2, 4]       layers × size             8   adapter   0.001
 *   feed_forward_up          [2, 24, 4]   layers × d × size       192   adapter   0.001
 *   feed_forward_up_bias     [2, 24]      layers × d               48   adapter   0.001
 *   total                                                         880
 *   budget                   at most                            1,000   120 left
 */
import {
  adamW,
  bottleneck,
  choice,
  fit,
  jsonl,
  linear,
  loadLlama,
  loadTask,
  uniform,
  zeros,
} from "dept-lang/runtime";
import type { Inside, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 24; // width of tiny_llama
const s = 16; // most tokens of an input; a longer one is cut
const layers = 2; // blocks, the encoder's and then the decoder's
const size = 4; // solved from the budget

// Backbone and data: the backbone is frozen; its gradient is asked for at the method's tensors alone.

const backbone = await loadLlama(
  new URL("../../fixtures/tiny-causal/llama", import.meta.url),
  {
    width: d,
    layers: 2,
    heads: 6,
    kvHeads: 2,
    headWidth: 4,
    feedForward: 40,
    head: "untied",
    vocabulary: 64,
  },
);

const task = await loadTask(backbone, {
  train: jsonl(new URL("../data/train.jsonl", import.meta.url)),
  validation: jsonl(new URL("../data/validation.jsonl", import.meta.url)),
  test: jsonl(new URL("../data/test.jsonl", import.meta.url)),
  input: "{text}",
  target: choice("label", { animal: "w5", food: "w6 w7" }),
  maxTokens: s,
});

// Method: only these tensors learn.

const parameters = {
  attention_down: uniform([layers, size, d], 1 / Math.sqrt(d)),
  attention_down_bias: zeros([layers, size]),
  attention_up: zeros([layers, d, size]),
  attention_up_bias: zeros([layers, d]),
  feed_forward_down: uniform([layers, size, d], 1 / Math.sqrt(d)),
  feed_forward_down_bias: zeros([layers, size]),
  feed_forward_up: zeros([layers, d, size]),
  feed_forward_up_bias: zeros([layers, d]),
};

/**
 * A bottleneck behind self-attention and feed-forward of every block, before the residual is added. Houlsby et al., 2019.
 * y + U relu(D y + b) + c
 * Each change acts at every place of its kind.
 */
function adapterMethod({
  attention_down,
  attention_down_bias,
  attention_up,
  attention_up_bias,
  feed_forward_down,
  feed_forward_down_bias,
  feed_forward_up,
  feed_forward_up_bias,
}: TensorsOf<typeof parameters>): Inside {
  return {
    afterSelfAttention: bottleneck(
      attention_down,
      attention_down_bias,
      attention_up,
      attention_up_bias,
    ),
    afterFeedForward: bottleneck(
      feed_forward_down,
      feed_forward_down_bias,
      feed_forward_up,
      feed_forward_up_bias,
    ),
  };
}

// Training: one learning rate for each group.

await fit({
  name: "grouped/bottlenecks",
  spec: "sha256:5c2a83b49d9f118474d6d3b72824a0b305b9d4f64a92b4d87253b8727d8da77d", // hash of the plan
  backbone,
  task,
  parameters,
  inside: adapterMethod,
  groups: {
    adapter: {
      tensors: [
        "attention_down",
        "attention_down_bias",
        "attention_up",
        "attention_up_bias",
        "feed_forward_down",
        "feed_forward_down_bias",
        "feed_forward_up",
        "feed_forward_up_bias",
      ],
      learningRate: 0.001,
    },
  },
  trained: 880, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 2,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
