// The training step in dept's runtime, for `bench/` to measure beside PyTorch's. One JSON request a line, one JSON line back; the
// protocol is that of `torch_step.py`, with the one mode "dept".
//
//   node bench/dept_step.js --model FOLDER --backend NAME

import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { concatRows, firstRows } from "../dist/src/runtime/graph-operations.js";
import { T5Backbone } from "../dist/src/runtime/models/t5-backbone.js";
import { readT5Config } from "../dist/src/runtime/models/t5-config.js";
import { loadT5Weights, t5TensorShapes } from "../dist/src/runtime/models/t5-weights.js";
import { startBackend, tf } from "../dist/src/runtime/tf.js";
import { adamW } from "../dist/src/runtime/train/adamw.js";
import { startState } from "../dist/src/runtime/train/optimizers.js";
import { openCheckpoint } from "../dist/src/runtime/weights/checkpoint.js";
import { watchHeap } from "./heap.js";
import { startSteps } from "./run-steps.js";
import { firstValues } from "./shapes.js";

const { values: options } = parseArgs({
  options: { model: { type: "string" }, backend: { type: "string" } },
});
const answer = (found) => process.stdout.write(`${JSON.stringify(found)}\n`);

const started = performance.now();
let description;
try {
  ({ description } = await startBackend(options.backend));
} catch (error) {
  answer({ error: error.message });
  process.exit(0);
}
const ofProcess = processMemory();
const tensors = watchTensors();
const file = openCheckpoint(options.model);
const config = readT5Config(options.model);
const shapes = [...t5TensorShapes(config).values()];
const parameters = shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b), 0);
const backbone = new T5Backbone(config, loadT5Weights(file, config), { parameters });
file.close();
const heap = options.backend === "wasm" ? watchHeap() : ofProcess;
answer({ ready: description, loadSeconds: (performance.now() - started) / 1_000 });

const contenders = new Map();
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const { name } = request;
  try {
    if (request.do === "drop") {
      contenders.get(name)?.dispose();
      contenders.delete(name);
      answer({ name });
    } else if (request.do === "setup") {
      contenders.set(name, contender(request));
      const { loss } = await contenders.get(name).take(1);
      answer({ name, loss });
    } else {
      const baseBytes = heap.start();
      tensors.start();
      const taken = await contenders.get(name).take(request.steps ?? 1);
      answer({ name, ...taken, baseBytes, peakBytes: heap.peak(), tensorBytes: tensors.peak() });
    }
  } catch (error) {
    answer({ name, error: error.message });
  }
}

/** Everything of a run that is not the backbone. */
function contender({ name, method, batch, memory }) {
  const { kind, length, rank, s, width } = method;
  const parameters = [parameter(name, "P", [length, width], 0.5, 0.3)];
  if (kind === "dept")
    parameters.push(
      parameter(name, "A", [s, rank], 0.1, 5e-4),
      parameter(name, "B", [rank, width], 0.1, 5e-4),
    );
  const graph = kind === "dept" ? dept : promptTuning;
  return startSteps({ backbone, method: graph, parameters, examples: examplesOf(batch), memory });
}

function dept({ P, A, B }, x) {
  return concatRows(P, tf.add(x, firstRows(tf.matMul(A, B), x.shape[1])));
}

function promptTuning({ P }, x) {
  return concatRows(P, x);
}

function parameter(contenderName, name, shape, scale, learningRate) {
  const values = firstValues(shape[0] * shape[1], scale);
  const variable = tf.variable(tf.tensor(values.slice(), shape), true, `${contenderName}-${name}`);
  const state = startState(adamW(), shape);
  return { name, shape, group: name, learningRate, weightDecay: 0, values, state, variable };
}

function examplesOf({ inputs, targets }) {
  return inputs.map((ids, row) => ({
    ...{ text: "", ids: Int32Array.from(ids), label: 0 },
    answer: { text: "", ids: targets[row] },
  }));
}

/** What all tensors take together, the weights among them. TensorFlow.js's own sum counts data as often as it has handles. */
function watchTensors() {
  const engine = tf.engine();
  const { trackTensor, removeDataId } = engine;
  const sizes = new WeakMap();
  let held = 0;
  let most = 0;
  engine.trackTensor = (tensor, backend) => {
    const { dataId, dtype, size } = tensor;
    if (!engine.state.tensorInfo.has(dataId)) {
      const bytes = size * tf.util.bytesPerElement(dtype);
      sizes.set(dataId, bytes);
      held += bytes;
      most = Math.max(most, held);
    }
    trackTensor.call(engine, tensor, backend);
  };
  engine.removeDataId = (dataId, backend) => {
    held -= sizes.get(dataId) ?? 0;
    sizes.delete(dataId);
    removeDataId.call(engine, dataId, backend);
  };
  return { start: () => (most = held), peak: () => most };
}

/** The process's memory beyond what it took before the weights were loaded, where Linux tells it. */
function processMemory() {
  const status = (field) => {
    const found = new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"));
    return found ? Number(found[1]) * 1_024 : undefined;
  };
  const attempt = (look) => {
    try {
      return look();
    } catch {
      return undefined;
    }
  };
  // libtensorflow copies a weight at its first use, and its allocator holds what it was given back.
  const before = attempt(() => status("VmRSS"));
  return {
    start: () => {
      attempt(() => writeFileSync("/proc/self/clear_refs", "5")); // forgets the peak
      return before;
    },
    peak: () => attempt(() => status("VmHWM")),
  };
}
