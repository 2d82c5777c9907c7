// DePT against prompt tuning at equal budget: time and memory of a step, beside the share of a step's work that the plan predicts.
//
//   node bench/methods.js [--quick] [--backends node,wasm]

import { parseArgs } from "node:util";
import { stepWork } from "../dist/src/plan/work.js";
import { checkpointOf } from "./checkpoint.js";
import { startDept } from "./contender.js";
import { inTurns, isQuick, keepResults, ratios, show } from "./measure.js";
import { planOf } from "./plan.js";
import { backbones, evenBatch, methodsFor } from "./shapes.js";

const { values: options } = parseArgs({
  options: { quick: { type: "boolean" }, backends: { type: "string" } },
});
const backbone = "t5-small";
const repetitions = isQuick ? 3 : 9;
const { d_model: d } = backbones[backbone];
const declared = (await planOf(256, 16)).tune.backbone;
const batches = {
  "16 tokens": evenBatch(16, 16),
  "64 tokens": evenBatch(64, 8),
  "256 tokens": evenBatch(256, 4),
};
if (isQuick) delete batches["256 tokens"];

const results = [];
for (const backend of (options.backends ?? "node,wasm").split(",")) {
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
    const columns = Math.max(...batch.targets.map((ids) => ids.length));
    const [deptWork, plainWork] = [dept, promptTuning].map(({ length }) =>
      stepWork(declared, tokens + length, columns),
    );
    const predicted = deptWork / plainWork;
    const measured = ratios(own, plain);
    const processor = ratios(own, plain, "cpuSeconds");
    // Of the process of libtensorflow only the largest step so far is known.
    const memory = backend === "wasm" ? own.workingBytes / plain.workingBytes : undefined;
    console.log(
      `${backend.padEnd(5)} ${lengths.padEnd(11)} plan × ${predicted.toFixed(3)}   time × ${show(measured, 3)}   ` +
        `processor time × ${show(processor, 3)}   ` +
        (memory === undefined ? "" : `memory × ${memory.toFixed(3)}`),
    );
    results.push({ backend, backbone, lengths, predicted, measured, processor, memory });
  }
  contender.stop();
}
keepResults("methods", results);
