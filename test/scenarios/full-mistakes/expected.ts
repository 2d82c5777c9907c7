/**
 * Mistakes about the backbone's own weights.
 *
 * Written by dept 0.0.0 from main.dept; change that file, not this one.
 * Run it with `node at_the_rate_of_a_prompt.mjs`.
 *
 *   tensor                shape            formula                                    trained   group     learning rate
 *   embeddings            [1, 4096, 128]   tables × vocabulary × d                    524,288   weights   0.3
 *   positions             [2, 32, 4]       2 × 32 × heads                                 256   weights   0.3
 *   query                 [8, 128, 128]    attentions × head_width × heads × d        131,072   weights   0.3
 *   key                   [8, 128, 128]    attentions × head_width × kv_heads × d     131,072   weights   0.3
 *   value                 [8, 128, 128]    attentions × head_width × kv_heads × d     131,072   weights   0.3
 *   attention_output      [8, 128, 128]    attentions × d × head_width × heads        131,072   weights   0.3
 *   attention_norm        [8, 128]         attentions × d                               1,024   weights   0.3
 *   feed_forward_gate     [0, 512, 128]    gates × feed_forward × d                         0   weights   0.3
 *   feed_forward_input    [6, 512, 128]    layers × feed_forward × d                  393,216   weights   0.3
 *   feed_forward_output   [6, 128, 512]    layers × d × feed_forward                  393,216   weights   0.3
 *   feed_forward_norm     [6, 128]         layers × d                                     768   weights   0.3
 *   final_norm            [2, 128]         2 × d                                          256   weights   0.3
 *   total                                                                           1,837,312
 */
import {
  adamW,
  choice,
  fit,
  jsonl,
  linear,
  loadT5,
  loadTask,
  pretrained,
  stdlib,
  trained,
} from "dept-lang/runtime";
import type { Inside, TensorsOf } from "dept-lang/runtime";

const seed = 42; // default
const d = 128; // width of wordnet_t5
const s = 16; // most tokens of an input; a longer one is cut
const heads = 4; // heads of an attention
const kv_heads = 4; // heads of keys and values: fewer where several heads share one
const head_width = 32; // width of a head
const feed_forward = 512; // width of a feed-forward block
const layers = 6; // blocks, the encoder's and then the decoder's
const attentions = 8; // attentions: a decoder block has two
const vocabularySize = 4_096; // tokens of the vocabulary
const tables = 1; // tables of a row for each token: the embeddings', and an untied head's own

// Backbone and data: of the backbone only those weights are trained that are named below.

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
  embeddings: pretrained([tables, vocabularySize, d], "embeddings"),
  positions: pretrained([2, 32, heads], "positions"),
  query: pretrained([attentions, head_width * heads, d], "query"),
  key: pretrained([attentions, head_width * kv_heads, d], "key"),
  value: pretrained([attentions, head_width * kv_heads, d], "value"),
  attention_output: pretrained([attentions, d, head_width * heads], "attentionOutput"),
  attention_norm: pretrained([attentions, d], "attentionNorm"),
  feed_forward_input: pretrained([layers, feed_forward, d], "feedForwardInput"),
  feed_forward_output: pretrained([layers, d, feed_forward], "feedForwardOutput"),
  feed_forward_norm: pretrained([layers, d], "feedForwardNorm"),
  final_norm: pretrained([2, d], "finalNorm"),
};

/**
 * Every weight of the backbone is trained further, on from where pretraining left it: what all the other methods are
 * measured against. A backbone without gates has none to train.
 * Each change acts at every place of its kind.
 */
function full_fine_tuning({
  embeddings,
  positions,
  query,
  key,
  value,
  attention_output,
  attention_norm,
  feed_forward_input,
  feed_forward_output,
  feed_forward_norm,
  final_norm,
}: TensorsOf<typeof parameters>): Inside {
  return {
    embeddings: trained(embeddings),
    positions: trained(positions),
    query: trained(query),
    key: trained(key),
    value: trained(value),
    attentionOutput: trained(attention_output),
    attentionNorm: trained(attention_norm),
    feedForwardInput: trained(feed_forward_input),
    feedForwardOutput: trained(feed_forward_output),
    feedForwardNorm: trained(feed_forward_norm),
    finalNorm: trained(final_norm),
  };
}

// Training: one learning rate for each group.

await fit({
  name: "at_the_rate_of_a_prompt",
  spec: "sha256:143cbf1497d79be78914c8577a29191efb88a6cac889e291e319af96bfd70b4a", // hash of the plan
  backbone,
  task,
  parameters,
  inside: full_fine_tuning,
  groups: {
    weights: {
      tensors: [
        "embeddings",
        "positions",
        "query",
        "key",
        "value",
        "attention_output",
        "attention_norm",
        "feed_forward_input",
        "feed_forward_output",
        "feed_forward_norm",
        "final_norm",
      ],
      learningRate: 0.3,
    },
  },
  trained: 1_837_312, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 10,
  batch: 32, // default
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 1, // default
  seed,
});
