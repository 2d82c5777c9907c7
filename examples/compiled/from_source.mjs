/**
 * Is the thing alive? 32 rows to learn it from: a prompt that begins as one of a related task's, beside one that begins as words.
 *
 * Written by dept 0.1.0 from few-shot.dept; change that file, not this one.
 * Run it with `node from_source.mjs`.
 *
 *   tensor   shape       formula      trained   group    learning rate
 *   P        [10, 128]   length × d     1,280   prompt   0.3
 *   total                               1,280
 *   budget   exactly                    1,280   equal
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

const seed = 42;
const d = 128; // width of wordnet_t5
const s = 48; // most tokens of an input; a longer one is cut
const length = 10;

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
  train: jsonl(new URL("../data/alive/train.jsonl", import.meta.url)),
  validation: jsonl(new URL("../data/alive/validation.jsonl", import.meta.url)),
  test: jsonl(new URL("../data/alive/test.jsonl", import.meta.url)),
  input: "{text}",
  target: choice("alive", { no: "no", yes: "yes" }),
  maxTokens: s,
});

// Method: only these tensors learn.

const parameters = {
  P: adapter(
    [length, d],
    new URL("../data/source-prompt/adapter.safetensors", import.meta.url),
    "P",
  ),
};

/**
 * Soft prompt transfer: prompt tuning that starts from tensor P of another run's adapter. Vu et al., 2022.
 * input = [P ; x]
 * x: [batch, n, d], n ≤ s the rows of this batch.
 */
function spot({ P }, x) {
  return concatRows(P, x); // [batch, length + n, d]
}

// Training: one learning rate for each group.

await fit({
  name: "few_shot/from_source",
  spec: "sha256:4eaeed48143062c24594c16b9f942e7d5dbbb5b9bc70a0a71b211bf2950f3a26", // hash of the plan
  backbone,
  task,
  parameters,
  input: spot,
  groups: { prompt: { tensors: ["P"], learningRate: 0.3 } },
  trained: 1_280, // fit stops when the live tensors disagree
  optimizer: adamW(),
  schedule: linear({ warmup: 0 }), // default
  steps: 120,
  batch: 16,
  clip: 1, // global norm over all groups together; default
  evaluateEvery: 30,
  seed,
});
