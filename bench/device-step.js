// A step of DePT on webgpu with the optimizer on the device beside one with the optimizer on the host, taking turns in one process. Prints ratios.
//
//   npm run build && node bench/device-step.js [layers] [width] [rows] [rounds]

import { concatRows, firstRows } from "../dist/src/runtime/graph-operations.js";
import { deviceStepHere, setDeviceStep } from "../dist/src/runtime/primitives/device-step.js";
import { kaimingUniform, normal, zeros } from "../dist/src/runtime/prompts/initialisers.js";
import { startBackend, tf } from "../dist/src/runtime/tf.js";
import { createParameters } from "../dist/src/runtime/train/parameters.js";
import { randomT5 } from "./random-t5.js";
import { startSteps } from "./run-steps.js";

const [layers = 12, width = 32, rows = 20, rounds = 8] = process.argv.slice(2).map(Number);
const [batch, stepsInTurn] = [8, 4];
const { description } = await startBackend("webgpu");
const device = deviceStepHere();
if (!device) throw new Error("webgpu has no steps of its own here");
console.log(`${description}; ${layers} + ${layers} layers, width ${width}, ${rows} rows, batch of ${batch}`);

const backbone = randomT5({
  ...{ d_model: width, num_heads: 2, d_kv: width / 2, d_ff: 2 * width, vocab_size: 100 },
  ...{ num_layers: layers, num_decoder_layers: layers, feed_forward_proj: "relu" },
});
const examples = Array.from({ length: batch }, (_, row) => ({
  ...{ text: "", label: 0, ids: new Int32Array(rows - (row % 8)).fill(7) },
  answer: { text: "", ids: [5 + 2 * row, 1] },
}));
const method = (tensors, x) => {
  const [P, A, B] = Object.values(tensors);
  return concatRows(P, tf.add(x, firstRows(tf.matMul(A, B), x.shape[1])));
};

function start(by) {
  setDeviceStep("webgpu", by === "device" ? device : undefined);
  const shapes = {
    [`${by} P`]: normal([4, width], 0.5),
    [`${by} A`]: kaimingUniform([rows, 3]),
    [`${by} B`]: zeros([3, width]),
  };
  const groups = { all: { tensors: Object.keys(shapes), learningRate: 1e-3 } };
  const parameters = createParameters(shapes, groups, backbone, 1);
  return startSteps({ backbone, method, parameters, examples });
}

const contenders = { host: start("host"), device: start("device") };
const ratios = [];
for (let round = -1; round < rounds; round++) {
  const seconds = {};
  const order = round % 2 === 0 ? ["host", "device"] : ["device", "host"];
  for (const by of order) {
    const taken = await contenders[by].take(stepsInTurn);
    seconds[by] = taken.seconds.reduce((sum, each) => sum + each) / stepsInTurn;
  }
  if (round >= 0) ratios.push(seconds.device / seconds.host); // the first round compiles
}
ratios.sort((a, b) => a - b);
const middle = ratios[Math.floor(ratios.length / 2)];
console.log(
  `  on the device a step takes ${middle.toFixed(2)} of the time (${ratios[0].toFixed(2)} to ${ratios.at(-1).toFixed(2)}, ${rounds} rounds)`,
);
process.exit(0);
