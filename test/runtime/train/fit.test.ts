import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Task } from "../../../src/runtime/data/load-task.ts";
import type { BackendName } from "../../../src/runtime/backends/backend-choice.ts";
import { DeviceError } from "../../../src/runtime/backends/device-error.ts";
import { OperationalError } from "../../../src/runtime/operational-error.ts";
import { startBackend, tf } from "../../../src/runtime/tf.ts";
import { runFit } from "../../../src/runtime/train/fit.ts";
import { constant } from "../../../src/runtime/train/schedules.ts";
import { readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import { MemoryStream } from "../../support/memory-stream.ts";
import { stubBackbone } from "../../support/stub-backbone.ts";
import { stubSettings } from "../../support/stub-method.ts";
import { stubTask } from "../../support/stub-task.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-fit-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Trial {
  readonly backend?: BackendName;
  readonly runs: string;
  readonly steps?: number;
  readonly gradient?: (step: number) => number;
  readonly changes?: Parameters<typeof stubSettings>[2];
  readonly metrics?: Task["metrics"];
}

async function trial({ backend = "cpu", runs, steps, gradient, changes, metrics }: Trial) {
  await startBackend(backend);
  const backbone = stubBackbone(gradient ? { gradient } : {});
  const loaded = await stubTask(backbone, folder);
  const task = metrics ? { ...loaded, metrics } : loaded;
  const [out, log] = [new MemoryStream(), new MemoryStream()];
  const place = path.join(folder, runs);
  try {
    const record = await runFit(stubSettings(backbone, task, changes), { runs: place, steps, out, log });
    return { record, out: out.text, log: log.text, run: path.join(place, "stub") };
  } finally {
    backbone.dispose();
  }
}

function readJson(file: string) {
  return JSON.parse(readFileSync(file, "utf8"));
}

test("a run learns, and its folder holds what it learned and how", async () => {
  const { record, out, log, run } = await trial({ runs: "learns" });
  expect(record.before).toBeLessThan(0.5);
  expect(record.after?.accuracy).toBeGreaterThan(0.8);
  expect(record.ending).toEqual({ kind: "finished" });
  expect(record.validations.map(({ step }) => step)).toEqual([0, 20, 40, 60]);
  expect(out).toContain("accuracy on 40 test rows");
  expect(log).toContain("step 20     validation ");

  const first = path.join(run, "1");
  const manifest = readJson(path.join(first, "adapter.json"));
  const bytes = readFileSync(path.join(first, "adapter.safetensors"));
  expect(manifest).toMatchObject({
    format: "dept-adapter/1",
    name: "stub",
    spec: "sha256:00",
    trained: 54,
    backbone: { name: "stub", sha256: "00" },
    adapter: {
      file: "adapter.safetensors",
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      values: "best on validation",
    },
    run: { ending: { kind: "finished" }, stepsDone: 60, backend: "cpu" },
    settings: { seed: 42, steps: 60, batch: 8, clip: 1, schedule: { name: "linear", warmup: 5 } },
    metrics: { testAccuracyBefore: record.before, testAccuracyAfter: record.after?.accuracy },
  });
  expect(Object.keys(manifest.run.versions)).toEqual(["dept", "node", "tfjs"]);
  expect(manifest.tensors[1]).toEqual({
    name: "A",
    shape: [8, 3],
    group: "pair",
    learningRate: 5e-3,
    weightDecay: 0,
    initialiser: { kind: "kaimingUniform" },
  });
  const best = Math.max(...record.validations.slice(1).map(({ accuracy }) => accuracy));
  expect(manifest.metrics.validationAccuracy).toBe(best);
  expect(manifest.adapter.step).toBe(
    record.validations.slice(1).find(({ accuracy }) => accuracy === best)?.step,
  );
  expect(readFileSync(path.join(first, "report.html"), "utf8")).toContain("</html>");
});

test("metrics hold a line for every step and every evaluation", async () => {
  const { record, run } = await trial({ runs: "metrics", steps: 5, changes: { evaluateEvery: 2 } });
  const lines = readFileSync(path.join(run, "1/metrics.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map((line) => [line.step, line.split ?? "train"])).toEqual([
    [0, "validation"],
    [1, "train"],
    [2, "train"],
    [2, "validation"],
    [3, "train"],
    [4, "train"],
    [4, "validation"],
    [5, "train"],
    [5, "validation"],
    [0, "test"],
    [5, "test"],
  ]);
  expect(lines[1]).toEqual(record.steps[0]);
  expect(lines[1]).toMatchObject({ learningRates: { prompt: 0, pair: 0 } });
  expect(lines[2].learningRates.prompt).toBeCloseTo(0.3 / 5, 9);
  expect(Object.keys(lines[2])).toEqual([
    "step",
    "loss",
    "gradientNorm",
    "learningRates",
    "examplesPerSecond",
  ]);
});

test("the adapter holds the values of the best validation, not of the last step", async () => {
  // From step 21 on the gradient points the wrong way, so that the tensors get worse and worse.
  const gradient = (step: number) => (step < 20 ? 1 : -1);
  const { record, run } = await trial({
    runs: "best",
    gradient,
    changes: { schedule: constant(), steps: 80 },
  });
  expect(record.kept).toEqual({ step: 20, because: "best on validation" });
  expect(record.validations.at(-1)?.accuracy).toBeLessThan(record.validations[1]?.accuracy ?? 0);

  const { run: shorter, record: shorterRecord } = await trial({
    runs: "best-20",
    changes: { schedule: constant(), steps: 20 },
  });
  const adapter = readSafetensors(path.join(run, "1/adapter.safetensors"));
  expect(adapter.tensors).toEqual(readSafetensors(path.join(shorter, "1/adapter.safetensors")).tensors);
  expect(adapter.metadata).toMatchObject({ step: "20", values: "best on validation" });
  expect(record.after).toEqual(shorterRecord.after);
});

test("a second run has a folder of its own and leaves the first alone", async () => {
  const { run } = await trial({ runs: "twice", steps: 2 });
  const first = readFileSync(path.join(run, "1/adapter.json"), "utf8");
  await trial({ runs: "twice", steps: 3 });
  expect(readFileSync(path.join(run, "1/adapter.json"), "utf8")).toBe(first);
  expect(readJson(path.join(run, "2/adapter.json")).run.stepsDone).toBe(3);
});

for (const backend of ["cpu", "wasm"] as const) {
  test(`${backend}: the same seed gives the same losses and the same adapter, another seed others`, async () => {
    const lossesOf = async (runs: string, seed: number) => {
      const { record, run } = await trial({
        backend,
        runs: `${runs}-${backend}`,
        steps: 12,
        changes: { seed },
      });
      const adapter = readFileSync(path.join(run, "1/adapter.safetensors")).toString("hex");
      return { losses: record.steps.map(({ loss }) => loss), adapter };
    };
    const first = await lossesOf("same-a", 1);
    expect(await lossesOf("same-b", 1)).toEqual(first);
    expect((await lossesOf("other", 2)).losses).not.toEqual(first.losses);
  });
}

test("cpu and wasm agree on the losses of a run", async () => {
  const [cpu, wasm] = [
    await trial({ backend: "cpu", runs: "agree-cpu", steps: 20 }),
    await trial({ backend: "wasm", runs: "agree-wasm", steps: 20 }),
  ];
  for (const [index, { loss }] of cpu.record.steps.entries()) {
    expect(wasm.record.steps[index]?.loss).toBeCloseTo(loss, 4);
  }
});

test("a run leaves no tensor and no signal listener behind", async () => {
  await startBackend("cpu");
  const before = [tf.memory().numTensors, process.listenerCount("SIGINT"), process.listenerCount("exit")];
  await trial({ runs: "memory", steps: 3 });
  expect([tf.memory().numTensors, process.listenerCount("SIGINT"), process.listenerCount("exit")]).toEqual(
    before,
  );
});

test("a gradient that is not finite ends the run, and the last good values are saved", async () => {
  const gradient = (step: number) => (step === 6 ? NaN : 1);
  const changes = { schedule: constant() };
  await expect(trial({ runs: "nan", gradient, changes })).rejects.toThrow(OperationalError);
  const run = path.join(folder, "nan/stub/1");
  const manifest = readJson(path.join(run, "adapter.json"));
  expect(manifest.run.ending).toEqual({ kind: "failed", reason: "the gradient of P in step 7 holds NaN" });
  expect(manifest.run.stepsDone).toBe(6);
  // The values after step 6 made the bad gradient; those after step 5 are the last known to make a good one.
  expect(manifest.adapter).toMatchObject({ step: 5, values: "latest" });
  const { run: good } = await trial({ runs: "nan-5", steps: 5, changes });
  const { tensors } = readSafetensors(path.join(run, "adapter.safetensors"));
  expect(tensors).toEqual(readSafetensors(path.join(good, "1/adapter.safetensors")).tensors);
  expect(readFileSync(path.join(run, "report.html"), "utf8")).toContain(
    "the gradient of P in step 7 holds NaN",
  );
});

// P [2, 6] moves by about its rate: 1e39 is beyond 32 bits, 1e38 only makes infinite what is computed of it.
test.each([
  ["a tensor", 1e39, 20, /after step 0: P holds -?Infinity after step 1\n/],
  [
    "a loss",
    1e38,
    20,
    /after step 1: the loss of step 2 is NaN; the largest value of a trained tensor is 1.0e\+38, in P\n/,
  ],
  [
    "a validation",
    1e38,
    1,
    /after step 1: the scores of the validation rows after step 1 hold (NaN|-Infinity); .* 1.0e\+38, in P\n/,
  ],
])(
  "%s that is not finite ends the run at rate %d, named with its step, and what it began as is kept",
  async (what, rate, evaluateEvery, message) => {
    const prompt = { tensors: ["P"] as const, learningRate: rate };
    const groups = { prompt, pair: { tensors: ["A", "B"] as const, learningRate: 5e-3 } };
    const changes = { schedule: constant(), groups, evaluateEvery };
    const runs = `not-finite-${what.replace(" ", "-")}`;
    await expect(trial({ runs, changes })).rejects.toThrow(message);
    const run = path.join(folder, runs, "stub/1");
    expect(readJson(path.join(run, "adapter.json")).adapter).toMatchObject({ step: 0, values: "latest" });
    const { tensors } = readSafetensors(path.join(run, "adapter.safetensors"));
    expect(Object.values(tensors).every(({ data }) => data.every(Number.isFinite))).toBe(true);
  },
);

test("the error of a run that failed says where its values are", async () => {
  const gradient = (step: number) => (step === 30 ? NaN : 1);
  const adapter = path.join(folder, "says-where/stub/1/adapter.safetensors");
  await expect(trial({ runs: "says-where", gradient })).rejects.toThrow(
    "training stopped after step 30: the gradient of P in step 31 holds " +
      `NaN\nthe tensors of step 20 (best on validation) are in ${adapter}`,
  );
});

test("a device that gives up leaves what was learned, and no advice about learning rates", async () => {
  const gradient = (step: number) => {
    if (step === 30) throw new DeviceError("backend webgpu: the device is lost");
    return 1;
  };
  const run = path.join(folder, "device/stub/1");
  const failure = await trial({ runs: "device", gradient }).catch(String);
  expect(failure).toMatch(/training stopped after step 30: backend webgpu: the device is lost\n/);
  expect(failure).toMatch(/of step 20 .* are in .*adapter\.safetensors$/);
  expect(readJson(path.join(run, "adapter.json")).run.ending).toMatchObject({
    kind: "failed",
    cause: "device",
  });
});

test("a total that is not the plan's stops the run before there is a folder", async () => {
  await expect(trial({ runs: "total", changes: { trained: 55 } })).rejects.toThrow(
    "the variables have 54 trained entries; the plan was checked with 55",
  );
  expect(existsSync(path.join(folder, "total"))).toBe(false);
});

test("a run folder that cannot be made is an OperationalError, and nothing was computed before", async () => {
  await startBackend("cpu");
  const before = tf.memory().numTensors;
  await expect(trial({ runs: "train.jsonl/below" })).rejects.toThrow(
    /cannot write to the run folder .*train\.jsonl\/below\/stub: .*\nname another place with --runs DIR/,
  );
  expect(tf.memory().numTensors).toBe(before);
});

test("the first metric decides which tensors are kept, and all of them are reported", async () => {
  const metrics = ["macroF1", "accuracy", "matthews"] as const;
  const { record, out, log, run } = await trial({ runs: "scored", metrics });
  const scores = record.validations.slice(1).map((each) => each.scores.macroF1 ?? NaN);
  const kept = record.validations.find(({ step }) => step === record.kept.step);
  expect(kept?.scores.macroF1).toBe(Math.max(...scores));
  expect(Object.keys(record.after?.scores ?? {})).toEqual(["macroF1", "accuracy", "matthews"]);
  expect(out).toMatch(/Matthews +-?[\d.]+ +[\d.]+ +[\d.]+\n/);
  const first = path.join(run, "1");
  expect(readJson(path.join(first, "adapter.json")).metrics.scores).toEqual({
    testBefore: record.scoresBefore,
    testAfter: record.after?.scores,
    validation: kept?.scores,
  });
  const shown = `macro-F1 ${(100 * (kept?.scores.macroF1 ?? NaN)).toFixed(1)}`;
  expect(log).toContain(`validation ${shown}   loss`);
  expect(out).toContain(`best validation ${shown}, at step`);
  const page = readFileSync(path.join(first, "report.html"), "utf8");
  expect(page).toContain("<h2>Validation macro-F1 <small>");
  expect(page).toContain(`kept: ${shown.replace("macro-F1 ", "")}<`);
});
