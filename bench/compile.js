// How long `dept check` takes: from a cold start, and warm for programs of 100 to 100,000 lines. Prints a table and
// decides nothing. Run it with `node bench/compile.js` after a build, on an idle machine.

import { execFileSync } from "node:child_process";
import { performance } from "node:perf_hooks";
import { check, memoryHost, nodeHost } from "../dist/src/index.js";

const cli = "dist/cli/dept.js";
const lengths = [100, 300, 1_000, 2_000, 3_000, 10_000, 30_000, 100_000];

console.log("cold start, best of 10");
const bare = fastest(10, () => execFileSync(process.execPath, ["-e", "0"]));
const cold = fastest(10, () => execFileSync(process.execPath, [cli, "check", "examples/quickstart.dept"]));
console.log(`  bare Node                             ${milliseconds(bare)}`);
console.log(`  dept check examples/quickstart.dept   ${milliseconds(cold)}\n`);

console.log("checked again, warm, best of several");
console.log(`  ${"lines".padStart(9)}   ${"right".padStart(12)}   a line   ${"wrong".padStart(12)}   a line`);
for (const lines of lengths) {
  const right = await warm(program(lines, "steps"));
  const wrong = await warm(program(lines, "stpes"));
  const cells = [right, wrong].map((time) => `${milliseconds(time)}   ${micro(time / lines)}`);
  console.log(`  ${lines.toLocaleString("en-US").padStart(9)}   ${cells.join("   ")}`);
}

/** A program of about so many lines: methods, tasks and tunes in equal parts. A misspelt setting is wrong in each tune. */
function program(lines, steps) {
  const head = [
    'import { wordnet_t5 }    from "std/backbones"',
    'import { prompt_tuning } from "std/methods"',
    "",
  ];
  const unit = (index) => [
    `/// Method ${index}.`,
    `method own_${index}(length: int, rank: int, scale: float = 1.0) {`,
    "  param P: [length, d] = vocabulary()      group prompt",
    "  param A: [s, rank]   = kaiming_uniform() group pair",
    "  param B: [rank, d]   = zeros()           group pair",
    "",
    "  input x: [n, d]",
    "  output concat(P, x + scale * (A @ B)[0..n])",
    "}",
    "",
    `task task_${index} {`,
    `  train      = jsonl("train-${index}.jsonl")`,
    '  validation = jsonl("validation.jsonl")',
    '  test       = jsonl("test.jsonl")',
    '  input      = "premise: {premise} hypothesis: {hypothesis}"',
    '  target     = choice("label", ["no", "yes"])',
    "  max_tokens = 48",
    "}",
    "",
    `tune tune_${index} {`,
    "  backbone = wordnet_t5",
    `  task     = task_${index}`,
    `  method   = own_${index}(length = 10, rank = auto)`,
    "  budget   = parity(prompt_tuning(length = 21))",
    "  group prompt { lr = 3e-1 }",
    "  group pair   { lr = 5e-3 }",
    `  train { ${steps} = 600  batch = 16 }`,
    "}",
    "",
  ];
  const units = Math.max(1, Math.round((lines - head.length) / unit(0).length));
  return [...head, ...Array.from({ length: units }, (_, index) => unit(index)).flat()].join("\n");
}

async function warm(text) {
  const host = memoryHost({ "main.dept": text }, nodeHost());
  let best = Infinity;
  const until = performance.now() + 1_500;
  for (let round = 0; round < 3 || (performance.now() < until && round < 50); round++) {
    const start = performance.now();
    await check("main.dept", host);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function fastest(times, action) {
  let best = Infinity;
  for (let round = 0; round < times; round++) {
    const start = performance.now();
    action();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function milliseconds(time) {
  return `${time.toFixed(1).padStart(9)} ms`;
}

function micro(time) {
  return `${(time * 1_000).toFixed(0).padStart(3)} µs`;
}
