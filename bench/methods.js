// DePT against prompt tuning at equal budget: time and memory of a step, beside the share of the encoder's work the plan predicts.
//
//   node bench/methods.js [--quick]

import { checkpointOf } from "./checkpoint.js";
import { startDept } from "./contender.js";
import { inTurns, isQuick, keepResults, ratios, show } from "./measure.js";
import { backbones, batchOf, evenBatch, methodsFor, tasks } from "./shapes.js";

const backbone = "t5-small";
const repetitions = isQuick ? 3 : 9;
const { d_model: d, d_ff: ff, num_heads: heads, d_kv: headWidth } = backbones[backbone];
const batches = {
  "SST-2": batchOf(tasks.sst2, 16),
  "64 tokens": evenBatch(64, 16),
  "256 tokens": evenBatch(256, 8),
};
if (isQuick) delete batches["256 tokens"];

const results = [];
for (const backend of ["node", "wasm"]) {
  const contender = await startDept(backend, checkpointOf(backbone));
  if (!contender) continue;
  for (const [lengths, batch] of Object.entries(batches)) {
    const { dept, promptTuning } = methodsFor(d, 256);
    const entries = Object.entries({ dept, promptTuning }).map(([name, method]) => ({
      ...{ name, contender, mode: "dept", method, batch },
    }));
    const found = await inTurns(entries, repetitions);
    const [own, plain] = [found.get("dept"), found.get("promptTuning")];
    if (!own || !plain) continue;
    const tokens = Math.max(...batch.inputs.map((row) => row.length));
    const predicted = work(tokens + dept.length) / work(tokens + promptTuning.length);
    const measured = ratios(own, plain);
    const processor = ratios(own, plain, "cpuSeconds");
    const memory = own.workingBytes / plain.workingBytes;
    console.log(
      `${backend.padEnd(5)} ${lengths.padEnd(11)} encoder work × ${predicted.toFixed(3)}   time × ${show(measured, 3)}   ` +
        `processor time × ${show(processor, 3)}   ` +
        `memory × ${memory.toFixed(3)}`,
    );
    results.push({ backend, backbone, lengths, predicted, measured, processor, memory });
  }
  contender.stop();
}
keepResults("methods", results);

/** Multiply-adds of a layer over `rows` positions, as src/plan counts them. */
function work(rows) {
  const inner = heads * headWidth;
  return rows * (4 * d * inner + 2 * d * ff) + 2 * rows * rows * inner;
}
