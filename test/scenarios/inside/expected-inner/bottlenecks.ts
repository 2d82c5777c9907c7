/**
 * adapter(size = 15) on wordnet_t5
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node bottlenecks.mjs`.
 *
 *   tensor                   shape          formula             trained   group     learning rate
 *   attention_down           [6, 15, 128]   layers × size × d    11,520   adapter   0.001
 *   attention_down_bias      [6, 15]        layers × size            90   adapter   0.001
 *   attention_up             [6, 128, 15]   layers × d × size    11,520   adapter   0.001
 *   attention_up_bias        [6, 128]       layers × d              768   adapter   0.001
 *   feed_forward_down        [6, 15, 128]   layers × size × d    11,520   adapter   0.001
 *   feed_forward_down_bias   [6, 15]        layers × size            90   adapter   0.001
 *   feed_forward_up          [6, 128, 15]   layers × d × size    11,520   adapter   0.001
 *   feed_forward_up_bias     [6, 128]       layers × d              768   adapter   0.001
 *   total                                                        47,796
 *   budget                   at most                             50,000   2,204 left
 */
import {
  adamW,
  bottleneck,
  choice,
  fit,
  jsonl,
  linear,
  loadT5,
  loadTask,
  stdlib,
  uniform,
  zeros,
} from "dept-lang/runtime";
import type { Inside, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 12; // most tokens of an input; a longer one is cut
const layers = 6; // blocks, the encoder's and then the decoder's
const size = 15; // solved from the budget

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
  name: "inner/bottlenecks",
  spec: "sha256:00b620f6d347873569d55d7bbd999fcd270dae090f5b5b1cc944b340c6ee08f3", // hash of the plan
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
  trained: 47_796, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 4,
  batch: 2,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
