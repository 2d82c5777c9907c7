/**
 * bitfit() on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node biases.mjs`.
 *
 *   tensor                     shape      formula                              trained   group    learning rate
 *   query_bias                 [8, 128]   attentions × head_width × heads        1,024   bitfit   0.01
 *   key_bias                   [8, 128]   attentions × head_width × kv_heads     1,024   bitfit   0.01
 *   value_bias                 [8, 128]   attentions × head_width × kv_heads     1,024   bitfit   0.01
 *   attention_output_bias      [8, 128]   attentions × d                         1,024   bitfit   0.01
 *   feed_forward_input_bias    [6, 512]   layers × feed_forward                  3,072   bitfit   0.01
 *   feed_forward_output_bias   [6, 128]   layers × d                               768   bitfit   0.01
 *   total                                                                        7,936
 *   budget                     at most                                          50,000   42,064 left
 */
import {
  adamW,
  choice,
  fit,
  jsonl,
  linear,
  loadT5,
  loadTask,
  shifted,
  stdlib,
  zeros,
} from "dept-lang/runtime";
import type { Inside, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 12; // most tokens of an input; a longer one is cut
const heads = 4; // heads of an attention
const kv_heads = 4; // heads of keys and values: fewer where several heads share one
const head_width = 32; // width of a head
const feed_forward = 512; // width of a feed-forward block
const layers = 6; // blocks, the encoder's and then the decoder's
const attentions = 8; // attentions: a decoder block has two

// Backbone and data: the backbone is frozen; its gradient is asked for at the method's tensors alone.

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
  name: "inner/biases",
  spec: "sha256:aeba2f294bdd3b2d693ee563b8c9260ca4eb14cfb16212b94e97c4474a1433ed", // hash of the plan
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
  trained: 7_936, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 2,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
