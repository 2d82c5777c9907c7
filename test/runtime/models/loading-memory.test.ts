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
import { tinyT5Folder } from "../../support/tiny-t5.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-loading-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A T5 of few layers and much feed-forward; returns its bytes as 32-bit floats. */
function writeWideT5(): number {
  const config = JSON.parse(readFileSync(path.join(tinyT5Folder, "config.json"), "utf8"));
  writeFileSync(path.join(folder, "config.json"), JSON.stringify({ ...config, d_model: 512, d_ff: 6000 }));
  copyFileSync(path.join(tinyT5Folder, "tokenizer.json"), path.join(folder, "tokenizer.json"));
  const shapes = [...t5TensorShapes(readT5Config(folder), false)];
  const tensors = shapes.map(([name, shape]) => {
    const size = shape.reduce((product, axis) => product * axis, 1);
    return [name, { shape, data: new Float32Array(size).fill(0.01) }] as const;
  });
  writeSafetensors(path.join(folder, "model.safetensors"), Object.fromEntries(tensors), {});
  return 4 * tensors.reduce((sum, [, { data }]) => sum + data.length, 0);
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

test.skipIf(skipped !== "").each(["wasm", "cpu"])(
  `loading a model on %s takes its size once, and not twice${skipped}`,
  async (backend) => {
    const bytes = writeWideT5();
    const started = ["--input-type=module", "--eval", script, backend, tinyT5Folder, folder];
    const { stdout } = await promisify(execFile)(process.execPath, started);
    const { grown, parameters } = JSON.parse(stdout);
    expect(4 * parameters).toBe(bytes);
    const times = grown / bytes;
    console.info(
      `${backend}: ${(bytes / 1e6).toFixed(0)} MB of weights, the process grew by ${times.toFixed(2)} times as much`,
    );
    expect(times).toBeGreaterThan(0.8);
    expect(times).toBeLessThan(1.6);
  },
  60_000,
);
