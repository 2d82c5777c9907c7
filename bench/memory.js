// The memory that `dept plan --device` predicts beside the peak of a step, for each value of `memory`. On wasm the peak is of the heap, to
// the byte, beside the weights. On node it is of all tensors together, weights among them; what the process takes, with whatever its
// allocator does not give back, is printed behind it.
//
//   node bench/memory.js [--quick]

import { estimateMemory } from "../dist/src/plan/memory.js";
import { checkpointOf } from "./checkpoint.js";
import { startDept } from "./contender.js";
import { inTurns, isQuick, keepResults, show, spread } from "./measure.js";
import { planOf } from "./plan.js";
import { backbones, evenBatch, methodsFor } from "./shapes.js";

const backbone = "t5-small";
const cases = isQuick
  ? [[64, 4]]
  : [
      [64, 16],
      [256, 4],
      [512, 2],
    ];
const results = [];
for (const backend of ["wasm", "node"]) {
  for (const [s, size] of cases) {
    const { promptTuning: method } = methodsFor(backbones[backbone].d_model, s, 20);
    const batch = evenBatch(s, size);
    const entries = [];
    for (const memory of ["keep", "recompute_attention", "recompute"]) {
      const contender = await startDept(backend, checkpointOf(backbone));
      if (contender) entries.push({ name: memory, contender, mode: "dept", method, batch, memory });
    }
    const found = await inTurns(entries, isQuick ? 2 : 5);
    for (const { contender } of entries) contender.stop();
    const plan = await planOf(s, size);
    for (const [memory, { cpuSeconds, workingBytes, tensorBytes }] of found) {
      const { weights, activations, working, logits } = estimateMemory(plan, size, memory);
      const beside = activations + Math.max(working, logits);
      const predicted = backend === "node" ? weights + beside : beside;
      const measured = backend === "node" ? tensorBytes : workingBytes;
      const ofProcess = backend === "node" ? workingBytes : undefined;
      const seen = `${(measured / 1e6).toFixed(0)} MB${ofProcess ? ` (process ${(ofProcess / 1e6).toFixed(0)})` : ""}`;
      console.log(
        `${backend.padEnd(5)} ${s} tokens × ${size}   ${memory.padEnd(19)}  predicted ${(predicted / 1e6).toFixed(0)} MB   ` +
          `measured ${seen}   predicted/measured ${(predicted / measured).toFixed(3)}   ${show(spread(cpuSeconds))} s of processor time`,
      );
      results.push({
        backend,
        backbone,
        s,
        batch: size,
        memory,
        predicted,
        measured,
        ofProcess,
        cpuSeconds,
      });
    }
  }
}
keepResults("memory", results);
