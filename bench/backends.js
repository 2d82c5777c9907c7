// The backends beside each other: loading and the first step, and tokens a second from 64 to 1,024 positions.
//
//   node bench/backends.js [--quick] [--backends node,wasm]

import { parseArgs } from "node:util";
import { checkpointOf } from "./checkpoint.js";
import { startDept } from "./contender.js";
import { inTurns, isQuick, keepResults, ratios, show, spread } from "./measure.js";
import { backbones, evenBatch, methodsFor } from "./shapes.js";

const { values: options } = parseArgs({
  options: { quick: { type: "boolean" }, backends: { type: "string" } },
});
const backbone = "t5-small";
const batchSize = 4;
const repetitions = isQuick ? 2 : 5;
const positions = isQuick ? [64, 256] : [64, 128, 256, 512, 1_024];

const model = checkpointOf(backbone);
const contenders = [];
for (const name of (options.backends ?? "node-gpu,webgpu,node,wasm").split(",")) {
  const from = performance.now();
  const contender = await startDept(name, model);
  if (!contender) continue;
  const started = (performance.now() - from) / 1_000;
  const { dept } = methodsFor(backbones[backbone].d_model, 64);
  const [setup, batch] = [performance.now(), evenBatch(24, batchSize)];
  await contender.ask({ do: "setup", name, mode: "dept", method: dept, batch });
  await contender.ask({ do: "drop", name });
  const firstStep = (performance.now() - setup) / 1_000;
  console.log(
    `${name.padEnd(9)} started with ${backbone} in ${started.toFixed(2)} s; first step ${firstStep.toFixed(2)} s`,
  );
  contenders.push({ name, contender, started, firstStep });
}

const growth = [];
for (const all of positions) {
  const { dept: method } = methodsFor(backbones[backbone].d_model, all);
  const batch = evenBatch(all - method.length, batchSize);
  const entries = contenders.map(({ name, contender }) => ({ name, contender, mode: "dept", method, batch }));
  const found = await inTurns(entries, repetitions);
  console.log(`\n${all} positions, batch ${batchSize}, DePT`);
  const [[, first] = []] = found;
  for (const [name, record] of found) {
    const tokens = spread(record.seconds.map((seconds) => (batchSize * all) / seconds));
    console.log(
      `  ${name.padEnd(9)} ${show(tokens, 0).padEnd(26)} positions/s   ${show(ratios(record, first))} × the first`,
    );
  }
  growth.push({ positions: all, contenders: Object.fromEntries(found) });
}
for (const { contender } of contenders) contender.stop();
const starts = contenders.map(({ contender: _, ...times }) => times);
keepResults("backends", { backbone, batchSize, starts, growth });
