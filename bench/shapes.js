// What the benchmarks run: backbones by their sizes, tasks by their lengths, methods at one budget, and batches made of these.
//
// Everything is computed from fixed seeds, so that every contender (ours on any backend, PyTorch) gets the same tokens
// and the same first values.

/** Raffel et al., 2020; sizes by their names in config.json. */
export const backbones = {
  "t5-small": t5(512, 8, 2_048, 6),
  "t5-base": t5(768, 12, 3_072, 12),
};

/**
 * Tasks by the mean length of their inputs in tokens (Asai et al., 2022, table 7) and the longest that is kept, `s`.
 * `spread` is the deviation of the logarithm of the lengths; our choice.
 */
export const tasks = {
  sst2: { title: "SST-2", mean: 10.4, s: 256, spread: 0.6 },
  rte: { title: "RTE", mean: 54.4, s: 256, spread: 0.6 },
  multirc: { title: "MultiRC", mean: 286.1, s: 348, spread: 0.25 },
};

/** Prompt tuning with `length` rows, and DePT with the largest rank that trains no more than it does. */
export function methodsFor(width, s, length = 100, short = 40) {
  const rank = Math.floor(((length - short) * width) / (s + width));
  return {
    dept: { kind: "dept", length: short, rank, s, width },
    promptTuning: { kind: "prompt_tuning", length, rank: 0, s, width },
  };
}

/** One batch: token ids of inputs and targets, `</s>` last. Lengths have the task's mean exactly but for rounding. */
export function batchOf({ mean, s, spread }, size, seed = 1, vocabulary = 32_128) {
  const draw = generator(seed);
  const shape = Array.from({ length: size }, () => Math.exp(spread * gaussian(draw)));
  const lengths = scaledTo(shape, mean, s);
  const inputs = lengths.map((length) => text(length, draw, vocabulary));
  const targets = lengths.map((_, row) => (row % 2 === 0 ? [209, 1] : [3, 632, 1])); // "1" and "0" of T5's tokenizer
  return { inputs, targets };
}

/** A batch of inputs that all have `length` tokens. */
export function evenBatch(length, size, seed = 1) {
  return batchOf({ mean: length, s: length, spread: 0 }, size, seed);
}

/** The first values of a tensor, the same in JavaScript and Python: numbers without a pattern in ±`scale`. */
export function firstValues(count, scale) {
  return Float32Array.from({ length: count }, (_, index) => scale * Math.sin(1 + index * 0.37));
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function t5(width, heads, feedForward, layers) {
  return {
    architectures: ["T5ForConditionalGeneration"],
    model_type: "t5",
    d_model: width,
    num_heads: heads,
    d_kv: 64,
    d_ff: feedForward,
    num_layers: layers,
    num_decoder_layers: layers,
    vocab_size: 32_128,
    relative_attention_num_buckets: 32,
    relative_attention_max_distance: 128,
    layer_norm_epsilon: 1e-6,
    dropout_rate: 0.1,
    feed_forward_proj: "relu",
    is_encoder_decoder: true,
    tie_word_embeddings: true,
    pad_token_id: 0,
    eos_token_id: 1,
    decoder_start_token_id: 0,
  };
}

/** Lengths from 3 to `s` in proportion to `shape`, with the mean that was asked for. */
function scaledTo(shape, mean, s) {
  const at = (factor) => shape.map((part) => Math.min(s, Math.max(3, Math.round(part * factor))));
  let [low, high] = [0, 50 * mean];
  for (let round = 0; round < 50; round++) {
    const middle = (low + high) / 2;
    if (at(middle).reduce((sum, length) => sum + length, 0) < mean * shape.length) low = middle;
    else high = middle;
  }
  return at(high);
}

function text(length, draw, vocabulary) {
  const word = () => 100 + Math.floor(draw() * (vocabulary - 300));
  return [...Array.from({ length: length - 1 }, word), 1];
}

function gaussian(draw) {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}
