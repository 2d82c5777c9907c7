// The pool of threads on the wasm heap: the same bits as one thread, and a process that still ends.

import { execFileSync, spawnSync } from "node:child_process";
import { beforeAll, expect, test } from "vitest";
import { wasmBackend } from "../../../src/runtime/backends/wasm-heap.ts";
import { installedSimd } from "../../../src/runtime/kernels/install-kernels.ts";
import type { WorkerStart } from "../../../src/runtime/kernels/job-board.ts";
import { startWorkers } from "../../../src/runtime/kernels/start-workers.ts";
import { divide } from "../../../src/runtime/kernels/tiles.ts";
import { loadT5 } from "../../../src/runtime/models/t5.ts";
import { startBackend, tf, type Tensor } from "../../../src/runtime/tf.ts";

const started = 3;

beforeAll(async () => {
  expect((await startBackend("wasm", started)).description).toMatch(/SIMD matrix kernels on 3 threads$/);
});

function noise(shape: readonly number[], seed: number): Tensor {
  return tf.randomUniform([...shape], -1, 1, "float32", seed);
}

/** What `compute` answers with so many threads. */
function withThreads<Answer>(threads: number, compute: () => Answer): Answer {
  const simd = installedSimd();
  if (simd === undefined) throw new Error("the SIMD kernels are not installed");
  simd.threads = threads;
  try {
    return compute();
  } finally {
    simd.threads = started;
  }
}

const shapes = [
  [[], 150, 140, 100],
  [[], 928, 128, 128],
  [[], 33, 1201, 70], // few rows: divided along columns
  [[], 260, 67, 2500], // an inner dimension of several blocks
  [[40], 58, 58, 32],
  [[3, 2], 131, 75, 66], // fewer matrices than tiles
] as const;

test.each(shapes)(
  "a product has the same bits on 1, 2 and 3 threads: %j × [%i, %i, %i]",
  (batch, m, n, k) => {
    expect(
      divide(
        started,
        batch.reduce((a: number, b) => a * b, 1),
        m,
        n,
        k,
      ).tiles,
    ).toBeGreaterThan(2);
    for (const [transposeA, transposeB] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ]) {
      const a = noise([...batch, ...(transposeA ? [k, m] : [m, k])], 1);
      const b = noise([...batch, ...(transposeB ? [n, k] : [k, n])], 2);
      const product = () => {
        const c = tf.matMul(a, b, transposeA, transposeB);
        const bytes = Buffer.from(c.dataSync().buffer);
        c.dispose();
        return bytes;
      };
      const expected = withThreads(1, product);
      for (const threads of [2, 3, 3, 3]) expect(withThreads(threads, product).equals(expected)).toBe(true);
      tf.dispose([a, b]);
    }
  },
);

test("tiles cover a product exactly once", () => {
  for (const [batch, m, n, k] of [
    [1, 928, 128, 128],
    [1, 33, 1201, 700],
    [1, 7, 90_000, 64],
    [1, 90_000, 7, 64],
    [6, 131, 75, 660],
    [100, 58, 58, 32],
  ] as const) {
    const { matrices, rows, columns, tiles } = divide(5, batch, m, n, k);
    const [along, down] = [Math.ceil(n / columns), Math.ceil(m / rows)];
    expect(tiles).toBe(along * down * Math.ceil(batch / matrices));
    if (matrices > 1) expect([along, down]).toEqual([1, 1]);
  }
  expect(divide(5, 1, 10, 10, 10).tiles).toBe(1);
  expect(divide(1, 1, 1000, 1000, 1000).tiles).toBe(1);
});

test("loss and gradient of a backbone have the same bits on 1 and 3 threads", async () => {
  const backbone = await loadT5("stdlib/data/wordnet-t5", {}, { backend: "wasm" });
  const [batch, rows, columns] = [8, 40, 4];
  const input = {
    ids: Int32Array.from({ length: batch * rows }, (_, i) => (i * 37) % 4000),
    batch,
    rows,
    lengths: new Int32Array(batch).fill(rows),
  };
  const targets = { ids: new Int32Array(batch * columns).fill(9), batch, columns };
  const step = () => {
    const words = backbone.embed(input);
    const { loss, gradient } = backbone.lossAndGradient(words, input, targets);
    const bytes = Buffer.concat([loss, gradient].map((tensor) => Buffer.from(tensor.dataSync().buffer)));
    tf.dispose([words, loss, gradient]);
    return bytes;
  };
  const expected = withThreads(1, step);
  expect(withThreads(3, step).equals(expected)).toBe(true);
  expect(withThreads(2, step).equals(expected)).toBe(true);
  backbone.dispose();
});

test("workers see a heap that has grown since they started", () => {
  const before = wasmBackend().wasm.HEAPU8.length;
  const ballast = tf.zeros([before / 4 + 1]);
  expect(wasmBackend().wasm.HEAPU8.length).toBeGreaterThan(before);
  const a = tf.fill([256, 300], 1); // lies beyond the old end
  const b = tf.fill([300, 256], 2);
  for (let round = 0; round < 20; round++) {
    const c = tf.matMul(a, b);
    expect(c.dataSync().every((value) => value === 600)).toBe(true);
    c.dispose();
  }
  tf.dispose([ballast, a, b]);
});

/** A program in a process of its own, with the runtime as it ships. */
const program = (before: string, after: string) => `
  ${before}
  const { startBackend, tf } = await import("./dist/src/runtime/tf.js");
  const { description } = await startBackend("wasm", 2);
  tf.matMul(tf.ones([256, 256]), tf.ones([256, 256]));
  ${after}
  console.log(description.split(" on ")[1]);`;

test("a process with a pool ends when its work is done, and with the code it asks for", () => {
  const run = (text: string) => execFileSync(process.execPath, ["--input-type=module", "-e", text]);
  expect(String(run(program("", "")))).toBe("2 threads\n");
  const leaving = spawnSync(process.execPath, ["--input-type=module", "-e", program("", "process.exit(7);")]);
  expect(leaving.status).toBe(7);
});

test("where workers do not start there is one thread, and one line that says why", () => {
  const before = `
    const threads = await import("node:worker_threads");
    threads.default.Worker = class { constructor() { throw new Error("no more threads"); } };
    (await import("node:module")).syncBuiltinESMExports();`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program(before, "")], {
    encoding: "utf8",
  });
  expect(stdout).toBe("1 thread\n");
  expect(stderr).toBe(
    "warning: wasm backend: it computes on one thread: worker threads do not start: no more threads\n",
  );
});

test("a worker that fails before it is ready is reported", async () => {
  const nothing = { board: new SharedArrayBuffer(4), scratch: 0, memory: {}, module: {} };
  await expect(startWorkers([nothing as unknown as WorkerStart])).rejects.toThrow(
    /worker threads do not start: .*WebAssembly/,
  );
});
