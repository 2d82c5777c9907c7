// One training step of DePT on webgpu, and where python3 has torch with CUDA beside PyTorch's on the same GPU: T5-small and T5-base
// shapes, random weights, batches of 32 with inputs as long as those of SST-2, RTE and MultiRC. Ours comes as it is, with attention's
// probabilities made again, and on matrix units where the device has them. Contenders take turns of several steps, as ours are encoded
// while the device computes the ones before.
//
//   npm run bench:gpu -- [--backbone NAME] [--task NAME] [--batch 32] [--rounds 10] [--any-adapter]
//
// Prints a table and writes bench/results/DEVICE.json. Without a GPU it says so; --any-adapter then runs a tiny shape in software,
// to show that everything works.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { isSoftware, nameOf, requestAdapter } from "../dist/src/runtime/backends/dawn.js";
import { checkpointOf } from "./checkpoint.js";
import { startDept, startTorch } from "./contender.js";
import { backbones, batchOf, methodsFor, tasks } from "./shapes.js";

const { values: options } = parseArgs({
  options: {
    backbone: { type: "string", multiple: true },
    task: { type: "string", multiple: true },
    batch: { type: "string" },
    rounds: { type: "string" },
    "any-adapter": { type: "boolean", default: false },
  },
});

const adapter = await findAdapter();
const device = nameOf(adapter);
const small = isSoftware(adapter);
if (small) backbones.tiny = tinyOf(backbones["t5-small"]);
const names = options.backbone ?? (small ? ["tiny"] : ["t5-small", "t5-base"]);
const batchSize = Number(options.batch ?? (small ? 2 : 32));
const rounds = Number(options.rounds ?? (small ? 2 : 10));
const ours = "dept";
const stepsInTurn = small ? 2 : 8;

console.log(
  `${device}; batches of ${batchSize}; ${rounds} rounds of ${stepsInTurn} steps, after one that is not counted\n`,
);
const results = [];
for (const name of names) results.push(...(await measureBackbone(name)));
report(results);
save(results);
process.exit(results.some(({ contenders }) => contenders[ours] === undefined) ? 1 : 0);

/** The adapter that webgpu will take; without a suitable one the process ends. */
async function findAdapter() {
  const found = await requestAdapter().catch((error) => error);
  const reason =
    found instanceof Error
      ? found.message
      : found === undefined
        ? "Dawn finds no Vulkan, Metal or Direct3D driver (on Linux VK_DRIVER_FILES may name its manifest)"
        : isSoftware(found) && !options["any-adapter"]
          ? `${nameOf(found)} computes on the processor; --any-adapter runs a tiny shape on it`
          : undefined;
  if (reason === undefined) return found;
  console.error(`no GPU to measure: ${reason}`);
  process.exit(1);
}

/** A row for each task: the contenders' seconds, round by round. */
async function measureBackbone(name) {
  const sizes = backbones[name];
  if (!sizes) throw new Error(`no backbone ${name}: ${Object.keys(backbones).join(", ")}`);
  const model = checkpointOf(name);
  const dept = await startDept("webgpu", model);
  if (!dept) return [];
  const units = await startOnMatrixUnits(model);
  const torch = small ? undefined : await startTorch("cuda", model);
  const rows = [];
  for (const task of options.task ?? Object.keys(tasks)) {
    const batch = batchOf(tasks[task], batchSize, 1, sizes.vocab_size);
    const method = methodsFor(sizes.d_model, tasks[task].s).dept;
    const contenders = [
      { label: ours, process: dept, mode: "dept" },
      { label: `${ours}, attention again`, process: dept, mode: "dept", memory: "recompute_attention" },
    ];
    if (units) contenders.push({ label: `${ours}, matrix units`, process: units, mode: "dept" });
    if (torch)
      contenders.push(
        { label: "torch, padded to s", process: torch, mode: "reference" },
        { label: "torch, fair", process: torch, mode: "fair" },
      );
    rows.push({ backbone: name, task, ...(await takeTurns(contenders, { method, batch })) });
    console.error(`  ${name} ${tasks[task].title} measured`);
  }
  dept.stop();
  units?.stop();
  torch?.stop();
  return rows;
}

/** Ours with `DEPT_SUBGROUP_MATRICES`, where the device has matrix units and they passed their trial. */
async function startOnMatrixUnits(model) {
  const units = await startDept("webgpu", model, undefined, { DEPT_SUBGROUP_MATRICES: "1" });
  if (units?.ready.includes("matrix units")) return units;
  if (units) process.stderr.write("  without matrix units: the device has none that dept can use\n");
  units?.stop();
  return undefined;
}

/** Sets all up, then some steps each in turn; a round's figure is their mean. One that fails is left out with its message. */
async function takeTurns(contenders, { method, batch }) {
  const found = {};
  const losses = {};
  const failures = {};
  const attempt = async ({ label, process, mode, memory }, request) => {
    if (failures[label] !== undefined) return undefined;
    try {
      return await process.ask({ ...request, name: label, mode, memory });
    } catch (error) {
      failures[label] = error.message;
      return undefined;
    }
  };
  for (const contender of contenders) {
    const answer = await attempt(contender, { do: "setup", method, batch });
    losses[contender.label] = answer?.loss;
  }
  for (let round = -1; round < rounds; round++) {
    for (const contender of contenders) {
      const answer = await attempt(contender, { do: "step", steps: stepsInTurn });
      if (answer && round >= 0) (found[contender.label] ??= []).push(mean(answer.seconds));
    }
  }
  for (const contender of contenders) await attempt(contender, { do: "drop" });
  const lengths = batch.inputs.map((input) => input.length);
  return { longest: Math.max(...lengths), s: method.s, contenders: found, firstLosses: losses, failures };
}

function report(rows) {
  const cell = (text, width) => String(text).padEnd(width);
  console.log(
    `  ${cell("backbone", 9)} ${cell("task", 8)} ${cell("rows", 11)} ${cell("contender", 22)} ${"min".padStart(9)} ${"median".padStart(9)} ${"spread".padStart(8)}   dept takes`,
  );
  for (const { backbone, task, longest, s, contenders, failures, firstLosses } of rows) {
    for (const [label, seconds] of Object.entries(contenders)) {
      const { min, median, spread } = summary(seconds);
      const rows = label === "torch, padded to s" ? s : longest;
      const against = label === ours || !contenders[ours] ? "" : ratios(contenders[ours], seconds);
      console.log(
        `  ${cell(backbone, 9)} ${cell(tasks[task].title, 8)} ${cell(`${rows} of ${s}`, 11)} ${cell(label, 22)} ${milliseconds(min)} ${milliseconds(median)} ${`${(spread * 100).toFixed(0)} %`.padStart(8)}   ${against}`,
      );
    }
    for (const [label, reason] of Object.entries(failures)) console.log(`  ${label} failed: ${reason}`);
    const { [ours]: own, "torch, padded to s": _, ...others } = firstLosses;
    for (const [label, loss] of Object.entries(others))
      if (own !== undefined && loss !== undefined && Math.abs(own - loss) > 1e-3 * Math.abs(loss))
        console.log(
          `  ${label} does not compute the same: its first loss is ${loss}, that of ${ours} ${own}`,
        );
  }
  if (rows.every(({ contenders }) => Object.keys(contenders).every((label) => label.startsWith(ours))))
    console.log("\n  no PyTorch with CUDA beside it, so no ratios to that");
}

/** Our time over theirs, round by round: the median and the range. */
function ratios(own, others) {
  const each = own.map((seconds, round) => seconds / others[round]).sort((a, b) => a - b);
  const { median } = summary(each);
  return `${median.toFixed(2)} × its time (${each[0].toFixed(2)} to ${each.at(-1).toFixed(2)})`;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const [min, median] = [sorted[0], sorted[Math.floor(sorted.length / 2)]];
  return { min, median, spread: (sorted.at(-1) - min) / median };
}

function milliseconds(seconds) {
  return `${(seconds * 1000).toFixed(1)} ms`.padStart(9);
}

function save(rows) {
  const folder = path.join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  const plain = device.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const name = `${small ? "software-" : ""}${plain.replace(/^-|-$/g, "")}`; // times in software are not kept under version control
  const file = path.join(folder, `${name}.json`);
  const { platform, arch, version } = process;
  const found = {
    device,
    software: small,
    platform,
    arch,
    node: version,
    batch: batchSize,
    stepsInTurn,
    rows,
  };
  writeFileSync(file, `${JSON.stringify(found, undefined, 2)}\n`);
  console.log(`\n  ${file}`);
}

function tinyOf(sizes) {
  return {
    ...sizes,
    d_model: 64,
    num_heads: 2,
    d_kv: 32,
    d_ff: 128,
    num_layers: 2,
    num_decoder_layers: 2,
    vocab_size: 1_000,
  };
}
