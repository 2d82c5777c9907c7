// How much faster wasm is on several threads: single products, a training step of the quickstart's shape and one of T5-small's,
// the numbers of threads taking turns. Prints ratios and decides nothing. `node bench/threads.js [THREADS] [ROUNDS] [steps]` after a build; with
// `steps`, without the single products.

import { availableParallelism, cpus } from "node:os";
import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { installedSimd } from "../dist/src/runtime/kernels/install-kernels.js";
import { T5Backbone } from "../dist/src/runtime/models/t5-backbone.js";
import { readT5Config } from "../dist/src/runtime/models/t5-config.js";
import { loadT5Weights, t5TensorShapes } from "../dist/src/runtime/models/t5-weights.js";
import { describeStart, startBackend, tf } from "../dist/src/runtime/tf.js";

const most = Number(process.argv[2] ?? availableParallelism());
const rounds = Number(process.argv[3] ?? 15);

const began = performance.now();
console.log(
  `${describeStart(await startBackend("wasm", most))}   started in ${ms(performance.now() - began)}`,
);
const simd = installedSimd();
console.log(`Node ${process.version}, ${rounds} rounds, 1 and ${most} threads by turns\n`);

console.log(
  `${"".padEnd(44)}   1 thread: least, median   ${most} threads: least, median   ratio of least, median, idle rounds`,
);
for (const [m, n, k, batch = 1, transposeB = false] of process.argv[4] === "steps"
  ? []
  : [
      [32, 32, 64],
      [64, 64, 64],
      [128, 64, 64],
      [128, 128, 64],
      [128, 128, 128],
      [256, 128, 128],
      [928, 128, 128],
      [928, 512, 128],
      [928, 128, 512],
      [58, 58, 32, 64, true],
      [32, 4096, 128, 1, true],
      [1184, 512, 512],
      [1184, 2048, 512],
      [1184, 512, 2048],
      [32, 32_128, 512, 1, true],
      [32, 512, 32_128],
    ]) {
  const shape = (rows, columns) => (batch === 1 ? [rows, columns] : [batch, rows, columns]);
  const a = tf.randomUniform(shape(m, k), -1, 1, "float32", 1);
  const b = tf.randomUniform(transposeB ? shape(n, k) : shape(k, n), -1, 1, "float32", 2);
  const work = batch * m * n * k;
  const repeats = Math.max(1, Math.round(2e7 / work));
  const name = `${batch} × [${m}, ${k}] · [${k}, ${n}] (${(work / 1e6).toFixed(2)} M)`;
  await compare(name, repeats, () => tf.matMul(a, b, false, transposeB).dispose());
  tf.dispose([a, b]);
}

console.log();
await stepOf(
  "step, quickstart's shape",
  "stdlib/data/wordnet-t5",
  {},
  { batch: 16, rows: 40, columns: 4, prompt: 10 },
);
await stepOf(
  "step, T5-small's shape",
  "stdlib/data/wordnet-t5",
  {
    width: 512,
    heads: 8,
    headWidth: 64,
    feedForwardWidth: 2048,
    encoderLayers: 6,
    decoderLayers: 6,
    vocabularySize: 32_128,
  },
  { batch: 8, rows: 128, columns: 4, prompt: 20 },
);

/** Forward and backward of a T5 whose weights are made up: only shapes matter here. */
async function stepOf(name, folder, dimensions, { batch, rows, columns, prompt }) {
  const config = { ...readT5Config(folder), ...dimensions };
  const backbone = new T5Backbone(config, loadT5Weights(madeUp(t5TensorShapes(config, false)), config), {});
  const input = {
    ids: new Int32Array(batch * rows).fill(7),
    batch,
    rows,
    lengths: new Int32Array(batch).fill(rows),
  };
  const targets = { ids: new Int32Array(batch * columns).fill(9), batch, columns };
  await compare(name, 1, () => {
    const words = backbone.embed(input);
    const front = tf.zeros([batch, prompt, config.width]);
    const embeddings = tf.concat([front, words], 1);
    const { loss, gradient } = backbone.lossAndGradient(embeddings, input, targets);
    loss.dataSync();
    tf.dispose([words, front, embeddings, loss, gradient]);
  });
  backbone.dispose();
}

/** Weights as if read from a file. */
function madeUp(shapes) {
  const tensors = new Map([...shapes].map(([name, shape]) => [name, { dtype: "F32", shape }]));
  const values = (size) => new Float32Array(size).map((_, i) => 0.05 * Math.sin(i * i));
  const read = (name) => {
    const shape = shapes.get(name);
    return { shape, data: values(shape.reduce((product, axis) => product * axis)) };
  };
  const readBytes = (_, target) => target.set(new Uint8Array(values(target.byteLength / 4).buffer));
  return { path: "made up", files: [], tensors, read, readBytes, close: () => {} };
}

/** By turns, `rounds` of each number of threads, each round at an idle moment where one comes; the first is not counted. */
async function compare(name, repeats, action) {
  const times = new Map([1, most].map((threads) => [threads, []]));
  let idle = 0;
  for (let round = 0; round <= rounds; round++) {
    if ((await idleMoment()) && round > 0) idle++;
    for (const [threads, found] of times) {
      simd.threads = threads;
      const start = performance.now();
      for (let repeat = 0; repeat < repeats; repeat++) action();
      if (round > 0) found.push((performance.now() - start) / repeats);
    }
  }
  const [one, many] = [...times.values()].map((found) => found.sort((a, b) => a - b));
  const middle = (found) => found[Math.floor(found.length / 2)];
  const cells = [one, many].map((found) => `${ms(found[0])} ${ms(middle(found))}`.padStart(24));
  const ratios = [one[0] / many[0], middle(one) / middle(many)].map((ratio) => ratio.toFixed(2).padStart(6));
  console.log(`${name.padEnd(44)} ${cells.join("   ")}   ${ratios.join("  ")}   ${idle}`);
}

/** Waits until nobody else computed for a twentieth of a second, one second at most, and says whether that was so. */
async function idleMoment() {
  for (let tries = 0; tries < 20; tries++) {
    const before = idleTime();
    const start = performance.now();
    await setTimeout(50);
    if (idleTime() - before > 0.85 * cpus().length * (performance.now() - start)) return true;
  }
  return false;
}

/** Milliseconds that all processors together had nothing to do. */
function idleTime() {
  return cpus().reduce((total, { times }) => total + times.idle, 0);
}

function ms(time) {
  return `${time.toFixed(time < 10 ? 3 : 0)} ms`;
}
