// Our step beside PyTorch's on the processor: the authors' behaviour (padded to s) and the best fair loop. `--quick` measures
// T5-small only; without it T5-base too, where the memory allows.
//
//   PYTHON=python3 node bench/pytorch.js [--quick] [--threads N] [--backbone NAME] [--only TASK,…] [--without CONTENDER,…] [--repetitions N]
//
// With `--threads 1` the processor's own time is what the work costs, whatever else the machine does: it is compared too.

import os from "node:os";
import { parseArgs } from "node:util";
import { checkpointOf } from "./checkpoint.js";
import { startDept, startTorch } from "./contender.js";
import { inTurns, isQuick, keepResults, ratios, show, spread } from "./measure.js";
import { backbones, batchOf, methodsFor, tasks } from "./shapes.js";

const { values: options } = parseArgs({
  options: {
    threads: { type: "string" },
    quick: { type: "boolean" },
    backbone: { type: "string" },
    only: { type: "string" },
    without: { type: "string" },
    repetitions: { type: "string" },
  },
});
const threads = options.threads === undefined ? undefined : Number(options.threads);
const by = threads === 1 ? "cpuSeconds" : "seconds";
const batchSize = 32;
const cases = [
  ["t5-small", "sst2", 5],
  ["t5-small", "rte", 3],
  ["t5-small", "multirc", 3],
  ["t5-base", "sst2", 3],
  ["t5-base", "rte", 3],
  ["t5-base", "multirc", 2],
];
const sameLoss = 1e-3; // of ours on every backend, and of the fair loop

const results = [];
for (const backbone of options.backbone?.split(",") ?? (isQuick ? ["t5-small"] : ["t5-small", "t5-base"])) {
  const model = checkpointOf(backbone);
  const torch = await startTorch("cpu", model, threads ? ["--threads", String(threads)] : [], threads);
  const ours = { node: await startDept("node", model, threads), wasm: await startDept("wasm", model) };
  for (const [, task, most] of cases.filter(([name]) => name === backbone)) {
    if (options.only !== undefined && !options.only.split(",").includes(task)) continue;
    const { d_model: width } = backbones[backbone];
    const { dept: method } = methodsFor(width, tasks[task].s);
    const batch = batchOf(tasks[task], batchSize);
    const torchModes = torch ? modesThatFit(backbone, task) : [];
    const entries = [
      ...Object.entries(ours).flatMap(([name, contender]) => (contender ? [{ name, contender }] : [])),
      ...torchModes.map((mode) => ({ name: mode, contender: torch, mode })),
    ]
      .filter(({ name }) => !options.without?.split(",").includes(name))
      .map((entry) => ({ mode: "dept", ...entry, method, batch }));
    const repetitions = Number(options.repetitions ?? (isQuick ? Math.min(most, 3) : most));
    const found = await inTurns(entries, repetitions);
    checkLosses(found);
    print(backbone, task, found);
    results.push({ backbone, task, batchSize, repetitions, contenders: Object.fromEntries(found) });
  }
  for (const contender of [torch, ...Object.values(ours)]) contender?.stop();
}
const choices = [threads && `${threads}-thread`, options.backbone, options.only].filter(Boolean);
keepResults(["pytorch", ...choices].join("-").replaceAll(",", "-"), results);

/** A reference step keeps every layer's probabilities three times at s + prompt rows. */
function modesThatFit(backbone, task) {
  const { num_heads: heads, num_layers: layers, d_model: d, d_ff: ff } = backbones[backbone];
  const rows = tasks[task].s + 40;
  const bytes = 4 * batchSize * layers * rows * (4 * heads * rows + 12 * d + 4 * ff);
  if (bytes < os.freemem()) return ["fair", "reference"];
  const needed = (bytes / 1e9).toFixed(0);
  process.stderr.write(
    `${backbone} ${task}: the reference needs about ${needed} GB, more than is free; left out\n`,
  );
  return ["fair"];
}

function checkLosses(found) {
  const losses = ["node", "wasm", "fair"].flatMap((name) => found.get(name)?.loss ?? []);
  const apart = Math.max(...losses) - Math.min(...losses);
  if (apart > sameLoss) throw new Error(`the contenders do different work: losses ${losses.join(", ")}`);
}

function print(backbone, task, found) {
  console.log(
    `\n${backbone}, ${tasks[task].title}, batch ${batchSize}${threads === 1 ? ", one thread, processor time" : ""}`,
  );
  for (const [name, record] of found) {
    const against = ["node", "wasm"].flatMap((us) => {
      const own = found.get(us);
      return own && us !== name ? [`${show(ratios(record, own, by))} × ${us}`] : [];
    });
    console.log(`  ${name.padEnd(10)} ${show(spread(record[by])).padEnd(24)} s   ${against.join("   ")}`);
  }
}
