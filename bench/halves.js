// What weights in 16 bits cost: single products and a training step of T5-small's shape, with the same numbers in F16 and in 32 bits, and in
// BF16 and in 32 bits, taking turns. Prints ratios: on wasm, on one thread, of processor time; on webgpu of what a clock says.
// `node bench/halves.js [ROUNDS] [wasm|webgpu]` after a build.

import { T5Backbone } from "../dist/src/runtime/models/t5-backbone.js";
import { readT5Config } from "../dist/src/runtime/models/t5-config.js";
import { loadT5Weights, t5TensorShapes } from "../dist/src/runtime/models/t5-weights.js";
import { makeHalfMatrix, widened } from "../dist/src/runtime/primitives/half-matrix.js";
import { linear, linearBackward } from "../dist/src/runtime/primitives/linear.js";
import { describeStart, startBackend, tf } from "../dist/src/runtime/tf.js";
import { widen } from "../dist/src/runtime/weights/half-precision.js";

const rounds = Number(process.argv[2] ?? 9);
const backend = process.argv[3] ?? "wasm";
const dtypes = ["F16", "BF16"];

console.log(describeStart(await startBackend(backend, 1)));
console.log(
  `Node ${process.version}, ${rounds} rounds, 16 bits to 32: least to least, and the median of the rounds' ratios\n`,
);

for (const [m, out, into] of [
  [1, 32_128, 512],
  [32, 32_128, 512],
  [32, 512, 512],
  [1184, 512, 512],
  [1184, 2048, 512],
]) {
  const repeats = Math.max(1, Math.round(3e8 / (m * out * into + 4 * out * into)));
  for (const dtype of dtypes) {
    const half = makeHalfMatrix(dtype, [out, into], patterns(out * into, dtype));
    const wide = widened(half);
    const [x, dy] = [tf.randomNormal([m, into]), tf.randomNormal([m, out])];
    const forward = (weight) => () => linear(x, weight);
    const backward = (weight) => () => linearBackward(dy, weight);
    await compare(`${dtype} [${m}, ${into}] · [${out}, ${into}]ᵀ`, repeats, forward(half), forward(wide));
    await compare(`${dtype} [${m}, ${out}] · [${out}, ${into}]`, repeats, backward(half), backward(wide));
    tf.dispose([half.bits, wide, x, dy]);
  }
}

const [batch, rows, columns, prompt] = [8, 128, 4, 20];
const config = {
  ...readT5Config("stdlib/data/wordnet-t5"),
  width: 512,
  heads: 8,
  headWidth: 64,
  feedForwardWidth: 2048,
  encoderLayers: 6,
  decoderLayers: 6,
  vocabularySize: 32_128,
};
const input = {
  ids: Int32Array.from({ length: batch * rows }, (_, index) => (index * 37) % 32_000),
  batch,
  rows,
  lengths: new Int32Array(batch).fill(rows),
};
const targets = { ids: new Int32Array(batch * columns).fill(9), batch, columns };
for (const dtype of dtypes) {
  const [half, wide] = [dtype, "F32"].map((stored) => {
    const before = tf.memory().numBytes;
    const weights = loadT5Weights(madeUp(t5TensorShapes(config, false), dtype, stored), config);
    console.log(
      `weights of T5-small's shape in ${stored}: ${((tf.memory().numBytes - before) / 1e6).toFixed(1)} MB`,
    );
    return new T5Backbone(config, weights, {});
  });
  const step = (backbone) => () => {
    const words = backbone.embed(input);
    const front = tf.zeros([batch, prompt, config.width]);
    const embeddings = tf.concat([front, words], 1);
    const { loss, gradient } = backbone.lossAndGradient(embeddings, input, targets);
    tf.dispose([words, front, embeddings, gradient]);
    return loss;
  };
  await compare(`${dtype} step, T5-small's shape`, 1, step(half), step(wide));
  for (const backbone of [half, wide]) backbone.dispose();
}

/** Numbers of ordinary weights: in ±0.06, a six-hundredth of them subnormal in binary16. */
function patterns(count, dtype) {
  const block = Float32Array.from(
    { length: 65_521 },
    (_, index) => 0.06 * Math.sin(1 + index * index * 0.37),
  );
  const bits = new Uint32Array(block.buffer);
  const halves = Uint16Array.from(bits, (each, index) =>
    dtype === "BF16" ? each >>> 16 : binary16(block[index]),
  );
  const all = new Uint16Array(count);
  for (let at = 0; at < count; at += halves.length)
    all.set(halves.subarray(0, Math.min(halves.length, count - at)), at);
  return all;
}

/** Bits of a binary16 near the value, cut off. */
function binary16(value) {
  const magnitude = Math.abs(value);
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)));
  return (value < 0 ? 0x8000 : 0) | (((exponent + 14) << 10) + Math.floor(magnitude / 2 ** (exponent - 10)));
}

/** Weights as if read from a file of `stored`, whose numbers are those of `dtype`. */
function madeUp(shapes, dtype, stored) {
  const tensors = new Map([...shapes].map(([name, shape]) => [name, { dtype: stored, shape }]));
  const halvesOf = (name) =>
    patterns(
      shapes.get(name).reduce((product, axis) => product * axis),
      dtype,
    );
  const wideOf = (name) => widen(new Uint8Array(halvesOf(name).buffer), dtype);
  const read = (name) => ({ shape: shapes.get(name), data: wideOf(name) });
  const readBytes = (name, target) =>
    target.set(new Uint8Array((stored === "F32" ? wideOf(name) : halvesOf(name)).buffer));
  return { path: "made up", files: [], tensors, read, readBytes, close: () => {} };
}

/** Milliseconds. */
function now() {
  if (backend === "webgpu") return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

/** By turns, the order changing with every round; the first is not counted. */
async function compare(name, repeats, half, wide) {
  const times = new Map([half, wide].map((action) => [action, []]));
  const sums = new Set();
  for (let round = 0; round <= rounds; round++) {
    for (const action of round % 2 === 0 ? [half, wide] : [wide, half]) {
      const before = now();
      for (let repeat = 1; repeat < repeats; repeat++) action().dispose();
      const answer = action();
      const sum = tf.sum(answer);
      sums.add((await sum.data())[0]);
      if (round > 0) times.get(action).push((now() - before) / repeats);
      tf.dispose([answer, sum]);
    }
  }
  const [ofHalf, ofWide] = [half, wide].map((action) => times.get(action));
  const ratios = ofHalf.map((time, round) => time / ofWide[round]).sort((a, b) => a - b);
  const [least, leastWide] = [Math.min(...ofHalf), Math.min(...ofWide)];
  if (sums.size > 1) throw new Error(`${name}: different answers, ${[...sums].join(", ")}`);
  console.log(
    `${name.padEnd(40)} ${least.toFixed(2).padStart(9)} ms ${leastWide.toFixed(2).padStart(9)} ms   ${(least / leastWide).toFixed(3)}   ${ratios[Math.floor(ratios.length / 2)].toFixed(3)}`,
  );
}
