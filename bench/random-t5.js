// A T5 of any size with made-up weights on the running backend: what a step costs depends on shapes, not on values.

import { T5Backbone } from "../dist/src/runtime/models/t5-backbone.js";
import { makeTokenTable } from "../dist/src/runtime/models/token-table.js";
import { tf } from "../dist/src/runtime/tf.js";

/**
 * `sizes` are named as in `bench/shapes.js`, by the fields of config.json; `feed_forward_proj` "gated-gelu" makes a T5 1.1.
 * Dispose the backbone when done.
 */
export function randomT5(sizes) {
  const config = configOf(sizes);
  const { width, heads, headWidth, feedForwardWidth, vocabularySize, buckets } = config;
  const inner = heads * headWidth;
  // Small enough that nothing overflows, T5's own scales: queries are not scaled by the width of a head.
  const matrix = (rows, columns, scale = columns ** -0.5) =>
    tf.tensor2d(madeUp(rows * columns, scale), [rows, columns]);
  const norm = () => tf.ones([width]);
  const attention = () => ({
    norm: norm(),
    query: matrix(inner, width, (width * headWidth) ** -0.5),
    key: matrix(inner, width),
    value: matrix(inner, width),
    output: matrix(width, inner),
  });
  const feedForward = () => ({
    norm: norm(),
    ...(config.activation === "relu" ? {} : { gate: matrix(feedForwardWidth, width) }),
    input: matrix(feedForwardWidth, width),
    output: matrix(width, feedForwardWidth),
  });
  const layers = (count, make) => Array.from({ length: count }, make);
  const values = madeUp(vocabularySize * width, 1);
  const table = makeTokenTable(tf.tensor2d(values, [vocabularySize, width]), () => values);
  const weights = {
    table,
    headTable: table,
    encoder: {
      layers: layers(config.encoderLayers, () => ({ attention: attention(), feedForward: feedForward() })),
      norm: norm(),
    },
    decoder: layers(config.decoderLayers, () => ({
      self: attention(),
      cross: attention(),
      feedForward: feedForward(),
    })),
    decoderNorm: norm(),
    encoderPositions: madeUp(buckets * heads, 1),
    decoderPositions: madeUp(buckets * heads, 1),
  };
  const identity = { name: "random", architecture: "t5", width, parameters: 0, sha256: "" };
  return new T5Backbone(config, weights, identity);
}

function configOf(sizes) {
  return {
    width: sizes.d_model,
    heads: sizes.num_heads,
    headWidth: sizes.d_kv,
    feedForwardWidth: sizes.d_ff,
    activation: sizes.feed_forward_proj === "gated-gelu" ? "gated_gelu" : "relu",
    encoderLayers: sizes.num_layers,
    decoderLayers: sizes.num_decoder_layers,
    vocabularySize: sizes.vocab_size,
    buckets: 32,
    maxDistance: 128,
    epsilon: 1e-6,
    head: "tied",
    mayShareTable: false,
    padId: 0,
    endId: 1,
    startId: 0,
  };
}

const period = 65_521; // a prime, so that no row repeats the one above
const block = Float32Array.from({ length: period }, (_, index) => Math.sin(1 + index * index * 0.37) * 1.7);

/** Numbers in ±1.7·scale. */
function madeUp(count, scale) {
  const values = new Float32Array(count);
  const scaled = block.map((value) => value * scale);
  for (let at = 0; at < count; at += period) values.set(scaled.subarray(0, Math.min(period, count - at)), at);
  return values;
}
