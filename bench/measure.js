// Measures contenders in turns, so that what else the machine does falls on all alike, and says what the ratios were.

import { mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/**
 * Steps of each entry in turns: `{ name, contender, mode, method, batch }`. Answers per name the seconds of every step, the
 * first loss and the memory beyond what was held before. Whoever fails is named on stderr and left out.
 */
export async function inTurns(entries, repetitions) {
  const found = new Map();
  let running = [];
  for (const entry of entries) {
    const { name, contender, ...what } = entry;
    const { loss } = await attempt(name, () => contender.ask({ do: "setup", name, ...what }));
    if (loss === undefined) continue;
    found.set(name, {
      loss,
      seconds: [],
      cpuSeconds: [],
      workingBytes: 0,
      tensorBytes: 0,
      baseBytes: Infinity,
    });
    running.push(entry);
  }
  for (let round = 0; round < repetitions; round++) {
    for (const { name, contender } of running) {
      const step = await attempt(name, () => contender.ask({ do: "step", name, steps: 1 }));
      const record = found.get(name);
      if (step.seconds === undefined) {
        running = running.filter((entry) => entry.name !== name);
        found.delete(name);
        continue;
      }
      record.seconds.push(...step.seconds);
      record.cpuSeconds.push(...step.cpuSeconds);
      record.baseBytes = Math.min(record.baseBytes, step.baseBytes ?? NaN);
      record.tensorBytes = Math.max(record.tensorBytes, step.tensorBytes ?? NaN);
      record.workingBytes = Math.max(record.workingBytes, (step.peakBytes ?? NaN) - (step.baseBytes ?? NaN));
    }
  }
  for (const { name, contender } of entries) await attempt(name, () => contender.ask({ do: "drop", name }));
  return found;
}

/** How many times as long `other` took as `ours`, round by round; by the clock, or in `cpuSeconds`. */
export function ratios(other, ours, by = "seconds") {
  return spread(other[by].map((seconds, round) => seconds / ours[by][round]));
}

export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return { min: sorted[0], median: sorted[sorted.length >> 1], max: sorted.at(-1) };
}

/** `1.23 (1.10 … 1.40)`. */
export function show({ min, median, max }, digits = 2) {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} … ${max.toFixed(digits)})`;
}

/** What a bench was asked on its command line: `--quick`, fewer and smaller cases. */
export const isQuick = process.argv.includes("--quick");

/** Writes `bench/results/NAME.json`, with the machine it was measured on. */
export function keepResults(name, results) {
  const folder = path.join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  const machine = `${os.cpus().length} × ${os.cpus()[0]?.model.trim()}, ${(os.totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}`;
  const load = os.loadavg()[0].toFixed(1);
  const file = path.join(folder, `${name}.json`);
  writeFileSync(
    file,
    `${JSON.stringify({ machine, loadAtEnd: load, quick: isQuick, results }, undefined, 1)}\n`,
  );
  console.log(`\n${machine}; load ${load} at the end\nkept in ${path.relative(process.cwd(), file)}`);
}

async function attempt(name, ask) {
  try {
    return await ask();
  } catch (error) {
    process.stderr.write(`${name} is left out here: ${error.message}\n`);
    return {};
  }
}
