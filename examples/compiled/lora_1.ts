/**
 * Four methods that change what the backbone reads, and LoRA inside it, at the budget of a 32-token prompt.
 *
 * Written by dept 0.1.0 from family.dept; change that file, not this one.
 * Run it with `node lora_1.mjs`.
 *
 *   tensor    shape         formula                                     trained   group   learning rate
 *   query_A   [8, 1, 128]   attentions × rank × d                         1,024   lora    0.005
 *   query_B   [8, 128, 1]   attentions × head_width × heads × rank        1,024   lora    0.005
 *   value_A   [8, 1, 128]   attentions × rank × d                         1,024   lora    0.005
 *   value_B   [8, 128, 1]   attentions × head_width × kv_heads × rank     1,024   lora    0.005
 *   total                                                                 4,096
 *   budget    prompt_tuning(length = 32)                                  4,096   equal
 */
import {
  adamW,
  choice,
  fit,
  jsonl,
  linear,
  loadT5,
  loadTask,
  lowRank,
  stdlib,
  uniform,
  zeros,
} from "dept-lang/runtime";
import type { Inside, TensorsOf } from "dept-lang/runtime";

const seed = 42;
const d = 128; // width of wordnet_t5
const s = 48; // most tokens of an input; a longer one is cut
const heads = 4; // heads of an attention
const kv_heads = 4; // heads of keys and values: fewer where several heads share one
const head_width = 32; // width of a head
const attentions = 8; // attentions: a decoder block has two
const rank = 1; // solved from the budget
const alpha = 8; // default

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
  query_A: uniform([attentions, rank, d], 1 / Math.sqrt(d)),
  query_B: zeros([attentions, head_width * heads, rank]),
  value_A: uniform([attentions, rank, d], 1 / Math.sqrt(d)),
  value_B: zeros([attentions, head_width * kv_heads, rank]),
};

/**
 * Low-rank adaptation of the query and value projections of every attention. Hu et al., 2022, and PEFT.
 * y = W x + alpha/rank·B A x
 * Each change acts at every place of its kind.
 */
function lora({
  query_A,
  query_B,
  value_A,
  value_B,
}: TensorsOf<typeof parameters>): Inside {
  return {
    query: lowRank(query_A, query_B, alpha / rank),
    value: lowRank(value_A, value_B, alpha / rank),
  };
}

// Training: one learning rate for each group.

await fit({
  name: "family/lora_1",
  spec: "sha256:8106ac4ca8726094d9160a8a64f0d021e5c66a31ccb508fd08a611e06e8fbd79", // hash of the plan
  backbone,
  task,
  parameters,
  inside: lora,
  groups: {
    lora: {
      tensors: ["query_A", "query_B", "value_A", "value_B"],
      learningRate: 0.005,
    },
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
