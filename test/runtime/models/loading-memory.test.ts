// A model is in memory once, however its file is read: measured from outside, by the most that a process ever held.

import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { readT5Config } from "../../../src/runtime/models/t5-config.ts";
import { t5TensorShapes } from "../../../src/runtime/models/t5-weights.ts";
import { writeSafetensors } from "../../../src/runtime/weights/write-safetensors.ts";
import type { HalfDtype } from "../../../src/runtime/weights/half-precision.ts";
import { halfFile, narrow } from "../../support/half-checkpoints.ts";
import { tinyT5Folder } from "../../support/tiny-t5.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-loading-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A T5 of few layers and much feed-forward, 100 MB in all; returns how many weights it has. */
function writeWideT5(dtype: "F32" | HalfDtype): number {
  const config = JSON.parse(readFileSync(path.join(tinyT5Folder, "config.json"), "utf8"));
  const feedForward = dtype === "F32" ? 6_000 : 12_000;
  writeFileSync(
    path.join(folder, "config.json"),
    JSON.stringify({ ...config, d_model: 512, d_ff: feedForward }),
  );
  copyFileSync(path.join(tinyT5Folder, "tokenizer.json"), path.join(folder, "tokenizer.json"));
  const file = path.join(folder, "model.safetensors");
  const tensors = [...t5TensorShapes(readT5Config(folder), false)].map(([name, shape]) => {
    return { name, shape, size: shape.reduce((product, axis) => product * axis, 1) };
  });
  const [value = 0] = dtype === "F32" ? [0.01] : narrow(Float32Array.of(0.01), dtype);
  if (dtype === "F32") {
    const wide = tensors.map(({ name, shape, size }) => {
      return [name, { shape, data: new Float32Array(size).fill(value) }];
    });
    writeSafetensors(file, Object.fromEntries(wide), {});
  } else {
    const halves = tensors.map((each) => ({ ...each, halves: new Uint16Array(each.size).fill(value) }));
    writeFileSync(file, halfFile(halves, dtype));
  }
  return tensors.reduce((sum, { size }) => sum + size, 0);
}

const script = `import { loadT5, tf } from "dept-lang/runtime";
import { readFileSync } from "node:fs";
const peak = () => 1024 * Number(/VmHWM:\\s*(\\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))[1]);
const load = (folder) => loadT5(folder, {}, { backend: process.argv[1] });
(await load(process.argv[2])).dispose(); // the backend, and all code that loading runs
const before = peak();
const t5 = await load(process.argv[3]);
process.stdout.write(JSON.stringify({ grown: peak() - before, parameters: t5.identity.parameters }));`;

// What getrusage says of a child begins at its parent's size; Linux tells of the process alone.
const skipped = existsSync("/proc/self/status") ? "" : " (skipped: this system has no /proc/self/status)";

test.skipIf(skipped !== "").each([
  ["wasm", "F32", 4],
  ["wasm", "F16", 2],
  ["wasm", "BF16", 2],
  ["cpu", "F32", 4],
] as const)(
  `loading a model on %s from %s takes %i bytes a weight, once and not twice${skipped}`,
  async (backend, dtype, bytesPerWeight) => {
    const weights = writeWideT5(dtype);
    const bytes = bytesPerWeight * weights;
    const started = ["--input-type=module", "--eval", script, backend, tinyT5Folder, folder];
    const { stdout } = await promisify(execFile)(process.execPath, started);
    const { grown, parameters } = JSON.parse(stdout);
    expect(parameters).toBe(weights);
    const times = grown / bytes;
    console.info(
      `${backend}, ${dtype}: ${(bytes / 1e6).toFixed(0)} MB of weights, the process grew by ${times.toFixed(2)} times as much`,
    );
    expect(times).toBeGreaterThan(0.8);
    expect(times).toBeLessThan(1.6);
  },
  60_000,
);
