/**
 * Methods inside the blocks of decoder-only models. Llama's six heads share two of keys and values.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node biases.mjs`.
 *
 *   tensor                     shape     formula                              trained   group    learning rate
 *   query_bias                 [2, 24]   attentions × head_width × heads           48   bitfit   0.01
 *   key_bias                   [2, 8]    attentions × head_width × kv_heads        16   bitfit   0.01
 *   value_bias                 [2, 8]    attentions × head_width × kv_heads        16   bitfit   0.01
 *   attention_output_bias      [2, 24]   attentions × d                            48   bitfit   0.01
 *   feed_forward_input_bias    [2, 40]   layers × feed_forward                     80   bitfit   0.01
 *   feed_forward_output_bias   [2, 24]   layers × d                                48   bitfit   0.01
 *   total                                                                         256
 *   budget                     at most                                          1,000   744 left
 */
import {
  adamW,
  choice,
  fit,
  jsonl,
  linear,
  loadLlama,
  loadTask,
  shifted,
  zeros,
} from "dept-lang/runtime";
import type { Inside, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 24; // width of tiny_llama
const s = 16; // most tokens of an input; a longer one is cut
const heads = 6; // heads of an attention
const kv_heads = 2; // heads of keys and values: fewer where several heads share one
const head_width = 4; // width of a head
const feed_forward = 40; // width of a feed-forward block
const layers = 2; // blocks, the encoder's and then the decoder's
const attentions = 2; // attentions: a decoder block has two

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
  query_bias: zeros([attentions, head_width * heads]),
  key_bias: zeros([attentions, head_width * kv_heads]),
  value_bias: zeros([attentions, head_width * kv_heads]),
  attention_output_bias: zeros([attentions, d]),
  feed_forward_input_bias: zeros([layers, feed_forward]),
  feed_forward_output_bias: zeros([layers, d]),
};

/**
 * A bias behind every linear map, added to the backbone's own where it has one: both move alike, and these begin at 0.
 * Ben Zaken, Goldberg and Ravfogel, 2022.   y = W x + b
 * Each change acts at every place of its kind.
 */
function bitfit({
  query_bias,
  key_bias,
  value_bias,
  attention_output_bias,
  feed_forward_input_bias,
  feed_forward_output_bias,
}: TensorsOf<typeof parameters>): Inside {
  return {
    query: shifted(query_bias),
    key: shifted(key_bias),
    value: shifted(value_bias),
    attentionOutput: shifted(attention_output_bias),
    feedForwardInput: shifted(feed_forward_input_bias),
    feedForwardOutput: shifted(feed_forward_output_bias),
  };
}

// Training: one learning rate for each group.

await fit({
  name: "grouped/biases",
  spec: "sha256:b35de6e61b6630e1c5f40574a1357e265ad670b6ac7a92a4be686d3d7185fbb0", // hash of the plan
  backbone,
  task,
  parameters,
  inside: bitfit,
  groups: {
    bitfit: {
      tensors: [
        "query_bias",
        "key_bias",
        "value_bias",
        "attention_output_bias",
        "feed_forward_input_bias",
        "feed_forward_output_bias",
      ],
      learningRate: 0.01,
    },
  },
  trained: 256, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 2,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
