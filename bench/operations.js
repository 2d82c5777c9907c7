// How many dispatches one training step of DePT takes on webgpu, by program, and what they cost the processor. The counts
// depend on the layers and the activation, not on the widths, so any WebGPU adapter serves.
//
//   npm run build && node bench/operations.js [relu|gated-gelu] [layers]

import { performance } from "node:perf_hooks";
import { startBackend, tf } from "../dist/src/runtime/tf.js";
import { concatRows, firstRows } from "../dist/src/runtime/graph-operations.js";
import { createParameters } from "../dist/src/runtime/train/parameters.js";
import { kaimingUniform, normal, zeros } from "../dist/src/runtime/prompts/initialisers.js";
import { lossAndGradients } from "../dist/src/runtime/train/step.js";
import { randomT5 } from "./random-t5.js";

const [activation = "relu", layers = "12"] = process.argv.slice(2);
const started = performance.now();
const { description } = await startBackend("webgpu");
console.log(`${description}; started in ${((performance.now() - started) / 1000).toFixed(2)} s`);
const counts = countDispatches();

const width = 32;
const backbone = randomT5({
  d_model: width,
  num_heads: 2,
  d_kv: 16,
  d_ff: 64,
  num_layers: Number(layers),
  num_decoder_layers: Number(layers),
  vocab_size: 100,
  feed_forward_proj: activation,
});
// The batch is large enough for the kernels that a real one takes: 16 rows in the decoder.
const [batch, rows] = [8, 20];
const lengths = Int32Array.from({ length: batch }, (_, row) => rows - row);
const input = { ids: new Int32Array(batch * rows).fill(7), batch, rows, lengths };
const targets = {
  ids: Int32Array.from({ length: batch * 2 }, (_, at) => (at % 2 === 0 ? 5 + at : 1)),
  batch,
  columns: 2,
};
const shapes = { P: normal([4, width], 0.5), A: kaimingUniform([rows, 3]), B: zeros([3, width]) };
const groups = { all: { tensors: ["P", "A", "B"], learningRate: 0.1 } };
const parameters = createParameters(shapes, groups, backbone, 1);
const method = ({ P, A, B }, x) => concatRows(P, tf.add(x, firstRows(tf.matMul(A, B), x.shape[1])));
const step = () => lossAndGradients(backbone, method, parameters, input, targets);

await step(); // compiles
counts.clear();
const { loss } = await step();
const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
console.log(
  `\n${layers} + ${layers} layers, ${activation}: ${total} dispatches a step (loss ${loss.toFixed(4)})\n`,
);
for (const [program, count] of [...counts].sort(([, a], [, b]) => b - a))
  console.log(`  ${String(count).padStart(5)}  ${program}`);

// Until the promise is there everything has been encoded and nothing was waited for. On a software adapter the device's
// own threads compute on the same cores meanwhile.
const encoding = [];
for (let round = 0; round < 10; round++) {
  const before = performance.now();
  const promise = step();
  encoding.push(performance.now() - before);
  await promise;
}
encoding.sort((a, b) => a - b);
const [fastest = 0] = encoding;
const median = encoding[Math.floor(encoding.length / 2)] ?? 0;
console.log(
  `\n  encoding a step: min ${fastest.toFixed(1)} ms, median ${median.toFixed(1)} ms, ${((fastest * 1000) / total).toFixed(1)} µs a dispatch`,
);
process.exit(0);

/** Counts by the label of the pipeline, which is the name of its program. */
function countDispatches() {
  const found = new Map();
  const { prototype } = globalThis.GPUComputePassEncoder;
  const { setPipeline } = prototype;
  prototype.setPipeline = function (pipeline) {
    found.set(pipeline.label, (found.get(pipeline.label) ?? 0) + 1);
    return setPipeline.call(this, pipeline);
  };
  return found;
}
