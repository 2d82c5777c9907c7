// How many dispatches, submits and readings one training step of DePT takes on webgpu, by program, and what they cost the processor. The
// counts depend on the layers and the activation, not on the widths, so any WebGPU adapter serves. With `host`, the optimizer
// is the host's, as it is where the device cannot take a step by itself. The last argument is `memory` of `train`, or `slices`:
// `recompute_attention` without the programs that have attention in one dispatch.
//
//   npm run build && node bench/operations.js [relu|gated-gelu] [layers] [device|host] [keep|recompute_attention|slices|recompute]

import { performance } from "node:perf_hooks";
import { startBackend, tf } from "../dist/src/runtime/tf.js";
import { concatRows, firstRows } from "../dist/src/runtime/graph-operations.js";
import { createParameters } from "../dist/src/runtime/train/parameters.js";
import { kaimingUniform, normal, zeros } from "../dist/src/runtime/prompts/initialisers.js";
import { setDeviceStep } from "../dist/src/runtime/primitives/device-step.js";
import { setKernel } from "../dist/src/runtime/primitives/primitive.js";
import { attendInSlicesBackward, mixInSlices } from "../dist/src/runtime/primitives/sliced-attention.js";
import { randomT5 } from "./random-t5.js";
import { startSteps } from "./run-steps.js";

const [activation = "relu", layers = "12", by = "device", attention = "keep"] = process.argv.slice(2);
const started = performance.now();
const { description } = await startBackend("webgpu");
console.log(`${description}; started in ${((performance.now() - started) / 1000).toFixed(2)} s`);
if (by === "host") setDeviceStep("webgpu", undefined);
if (attention === "slices")
  for (const each of [mixInSlices, attendInSlicesBackward]) setKernel(each, "webgpu", undefined);
const memory = attention === "slices" ? "recompute_attention" : attention;
const counts = countCalls("GPUComputePassEncoder", "setPipeline", ({ label }) => label);
const submits = countCalls("GPUQueue", "submit", () => "submits");
const readings = countCalls("GPUBuffer", "mapAsync", () => "readings");

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
const examples = Array.from({ length: batch }, (_, row) => ({
  ...{ text: "", label: 0, ids: new Int32Array(rows - row).fill(7) },
  answer: { text: "", ids: [5 + 2 * row, 1] },
}));
const shapes = { P: normal([4, width], 0.5), A: kaimingUniform([rows, 3]), B: zeros([3, width]) };
const groups = { all: { tensors: ["P", "A", "B"], learningRate: 0.1 } };
const parameters = createParameters(shapes, groups, backbone, 1);
const method = ({ P, A, B }, x) => concatRows(P, tf.add(x, firstRows(tf.matMul(A, B), x.shape[1])));
const { stepper, take } = startSteps({ backbone, method, parameters, examples, memory });

await take(1); // compiles
const before = await countsOf(1);
const after = await countsOf(11);
const { loss } = after;
// What is read when all steps are done is in both.
const ofStep = (name) => (after[name] - before[name]) / 10;
const total = ofStep("dispatches");
console.log(
  `\n${layers} + ${layers} layers, ${activation}, ${attention}, optimizer on the ${by}: ${total} dispatches, ${ofStep("submitted")} submits, ${ofStep("read")} readings a step (loss ${loss.toFixed(4)})\n`,
);
counts.clear();
await take(1);
for (const [program, count] of [...counts].sort(([, a], [, b]) => b - a))
  console.log(`  ${String(count).padStart(5)}  ${program}`);

// Until the promise is there everything has been encoded and nothing was waited for. On a software adapter the device's
// own threads compute on the same cores meanwhile.
const encoding = [];
for (let round = 0; round < 10; round++) {
  const before = performance.now();
  const promise = stepper.begin();
  encoding.push(performance.now() - before);
  await promise;
  await stepper.settle();
}
encoding.sort((a, b) => a - b);
const [fastest = 0] = encoding;
const median = encoding[Math.floor(encoding.length / 2)] ?? 0;
console.log(
  `\n  encoding a step: min ${fastest.toFixed(1)} ms, median ${median.toFixed(1)} ms, ${((fastest * 1000) / total).toFixed(1)} µs a dispatch`,
);
process.exit(0);

/** What `steps` steps and the reading at their end take. */
async function countsOf(steps) {
  for (const each of [counts, submits, readings]) each.clear();
  const { loss } = await take(steps);
  const sum = (found) => [...found.values()].reduce((sum, count) => sum + count, 0);
  return { dispatches: sum(counts), submitted: sum(submits), read: sum(readings), loss };
}

/** Counts calls of a method, by what `key` makes of its first argument: a pipeline's label is the name of its program. */
function countCalls(type, name, key) {
  const found = new Map();
  const { prototype } = globalThis[type];
  const method = prototype[name];
  prototype[name] = function (...given) {
    const which = key(given[0]);
    found.set(which, (found.get(which) ?? 0) + 1);
    return method.apply(this, given);
  };
  return found;
}
