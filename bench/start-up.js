// From the command to the first step of the quickstart, with every moment on the way.
//
//   node bench/start-up.js

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { isQuick, keepResults, show, spread } from "./measure.js";

const repetitions = isQuick ? 2 : 5;
const folder = mkdtempSync(path.join(tmpdir(), "dept-start-"));
const found = [];
for (let round = 0; round < repetitions; round++) found.push(await start());
rmSync(folder, { recursive: true, force: true });
for (const moment of ["script", "backend", "evaluating", "training", "firstStep"])
  console.log(`${moment.padEnd(10)} after ${show(spread(found.map((times) => times[moment])))} s`);
keepResults("start-up", found);

/**
 * Seconds until the script is written, its backend is named, the first evaluation begins (every row is read by then), training begins,
 * and the first step is in the metrics.
 */
async function start() {
  const runs = path.join(folder, `${performance.now()}`);
  const from = performance.now();
  const since = () => (performance.now() - from) / 1_000;
  const command = ["dist/cli/dept.js", "run", "examples/quickstart.dept", "--runs", runs];
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"] });
  const times = {};
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
    if (said.includes("backend ")) times.backend ??= since();
  });
  return new Promise((resolve, reject) => {
    child.on("exit", (code) => times.firstStep === undefined && reject(new Error(`exit ${code}: ${said}`)));
    const look = setInterval(() => {
      const files = existsSync(runs) ? readdirSync(runs, { recursive: true }) : [];
      if (files.some((name) => name.endsWith(".mjs"))) times.script ??= since();
      const metrics = files.find((name) => name.endsWith("metrics.jsonl"));
      if (metrics === undefined) return;
      times.evaluating ??= since();
      const lines = readFileSync(path.join(runs, metrics), "utf8");
      if (lines.includes(`"split":"validation"`)) times.training ??= since();
      if (!lines.includes(`"loss"`)) return;
      times.firstStep = since();
      clearInterval(look);
      child.kill("SIGTERM");
      resolve(times);
    }, 10);
  });
}
