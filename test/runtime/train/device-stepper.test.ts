// Runs whose steps the device takes, on a software adapter: against those the host takes, and as a user sees them.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DeviceError } from "../../../src/runtime/backends/device-error.ts";
import type { Task, TextBackbone } from "../../../src/runtime/data/load-task.ts";
import {
  deviceStepHere,
  setDeviceStep,
  type StartDeviceStep,
} from "../../../src/runtime/primitives/device-step.ts";
import { tf } from "../../../src/runtime/tf.ts";
import { adafactor } from "../../../src/runtime/train/adafactor.ts";
import { mostBehind } from "../../../src/runtime/train/device-stepper.ts";
import { runFit } from "../../../src/runtime/train/fit.ts";
import { ball } from "../../../src/runtime/train/projections.ts";
import { constant, linear } from "../../../src/runtime/train/schedules.ts";
import { readSafetensors, type TensorValues } from "../../../src/runtime/weights/safetensors.ts";
import { MemoryStream } from "../../support/memory-stream.ts";
import { hasSoftwareAdapter, startSoftwareWebgpu } from "../../support/software-adapter.ts";
import { stubBackbone } from "../../support/stub-backbone.ts";
import { stubSettings } from "../../support/stub-method.ts";
import { stubTask } from "../../support/stub-task.ts";
import { relativeDifference } from "../../support/tiny-t5.ts";

type Changes = Parameters<typeof stubSettings>[2];

const folder = mkdtempSync(path.join(tmpdir(), "dept-device-"));
let task: Task;
let start: StartDeviceStep | undefined;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Trial {
  readonly backbone?: TextBackbone;
  readonly resume?: boolean;
  readonly steps?: number;
}

async function train(name: string, changes: Changes = {}, { backbone, resume = false, steps }: Trial = {}) {
  const own = backbone ?? stubBackbone();
  const settings = stubSettings(own, task, { name, steps: 22, evaluateEvery: 10, ...changes });
  const streams = { out: new MemoryStream(), log: new MemoryStream() };
  const run = path.join(folder, name, "1");
  try {
    const record = await runFit(settings, { runs: folder, steps, resume, ...streams });
    return { record, run, log: streams.log.text };
  } finally {
    own.dispose();
  }
}

/** The same on the same backend, its steps taken by the host. */
async function trainOnHost(name: string, changes: Changes, trial: Trial = {}) {
  setDeviceStep("webgpu", undefined);
  try {
    return await train(name, changes, trial);
  } finally {
    setDeviceStep("webgpu", start);
  }
}

function tensorsOf(run: string, file: string): Readonly<Record<string, TensorValues>> {
  return readSafetensors(path.join(run, `${file}.safetensors`)).tensors;
}

/** The stub with a signal, or a mistake, in its `at`-th step or evaluation. */
function disturbed(method: "lossAndGradient" | "choiceLogLikelihoods", at: number, disturb: () => void) {
  const backbone = stubBackbone();
  let calls = 0;
  const count = () => {
    if (++calls === at) disturb();
  };
  const { lossAndGradient, choiceLogLikelihoods } = backbone;
  return method === "lossAndGradient"
    ? {
        ...backbone,
        lossAndGradient: (...given: Parameters<typeof lossAndGradient>) => (
          count(),
          lossAndGradient(...given)
        ),
      }
    : {
        ...backbone,
        choiceLogLikelihoods: (...given: Parameters<typeof choiceLogLikelihoods>) => (
          count(),
          choiceLogLikelihoods(...given)
        ),
      };
}

const interrupt = () => void process.emit("SIGINT");

describe.skipIf(!hasSoftwareAdapter)("on a software adapter", () => {
  beforeAll(async () => {
    await startSoftwareWebgpu();
    start = deviceStepHere();
    const backbone = stubBackbone();
    task = await stubTask(backbone, folder);
    backbone.dispose();
  });
  beforeEach(startSoftwareWebgpu);

  test("the backend has steps of its own", () => {
    expect(start).toBeDefined();
  });

  const decayed = (clip?: number) => ({
    prompt: { tensors: ["P"] as const, learningRate: 0.3, weightDecay: 0.1, schedule: constant() },
    pair: { tensors: ["A", "B"] as const, learningRate: 5e-3, ...(clip === undefined ? {} : { clip }) },
  });
  test.each<[string, Changes]>([
    ["clipped in every step", { clip: 0.01 }],
    ["never clipped", { clip: 1e3 }],
    ["without a limit", { clip: undefined } as unknown as Changes],
    ["groups with decay, a schedule and a limit of their own", { groups: decayed(1e-3), clip: 0.2 }],
    [
      "one group with a limit and none over the others",
      { groups: decayed(0.01), clip: undefined } as unknown as Changes,
    ],
    ["three batches a step", { batch: 3, accumulate: 3, schedule: linear({ warmup: 4 }) }],
  ])("22 steps are the host's: %s", async (name, changes) => {
    // The device has 32 bits on the way where the host has 64; after 30 steps on SwiftShader and lavapipe the tensors differed by 5e-7.
    const [device, host] = [
      await train(`device ${name}`, changes),
      await trainOnHost(`host ${name}`, changes),
    ];
    const column = ({ record }: typeof device, of: "loss" | "gradientNorm") =>
      record.steps.map((step) => step[of]);
    expect(column(device, "loss")).toHaveLength(22);
    expect(relativeDifference(column(device, "loss"), column(host, "loss"))).toBeLessThan(1e-5);
    expect(relativeDifference(column(device, "gradientNorm"), column(host, "gradientNorm"))).toBeLessThan(
      1e-5,
    );
    const rates = device.record.steps.map(({ learningRates }) => learningRates);
    expect(rates).toEqual(host.record.steps.map(({ learningRates }) => learningRates));
    const [found, expected] = [tensorsOf(device.run, "adapter"), tensorsOf(host.run, "adapter")];
    expect(Object.keys(found)).toEqual(["A", "B", "P"]);
    for (const [tensor, { data }] of Object.entries(found)) {
      const difference = relativeDifference(data, expected[tensor]?.data ?? []);
      expect([tensor, difference < 1e-5]).toEqual([tensor, true]);
    }
  });

  test("the checkpoint has the host's values, moments, counts and last good values", async () => {
    const stop = () => disturbed("lossAndGradient", 7, interrupt);
    const device = await train("moments", {}, { backbone: stop() });
    const host = await trainOnHost("moments-host", {}, { backbone: stop() });
    const [found, expected] = [tensorsOf(device.run, "checkpoint"), tensorsOf(host.run, "checkpoint")];
    expect(Object.keys(found)).toEqual(Object.keys(expected));
    expect(Object.keys(found)).toContain("A.lastGood");
    for (const [tensor, { data }] of Object.entries(found))
      expect([tensor, relativeDifference(data, expected[tensor]?.data ?? []) < 1e-5]).toEqual([tensor, true]);
    const stateOf = (run: string) => {
      const { state = "" } = readSafetensors(path.join(run, "checkpoint.safetensors")).metadata;
      return JSON.parse(state);
    };
    expect(stateOf(device.run).updates).toEqual({ P: 7, A: 7, B: 7 });
    expect(stateOf(device.run).lastGood).toBe(stateOf(host.run).lastGood);
  });

  test("the same seed gives the same losses and the same adapter", async () => {
    const [one, other] = [await train("seed-a"), await train("seed-b")];
    expect(one.record.steps.map(({ loss }) => loss)).toEqual(other.record.steps.map(({ loss }) => loss));
    expect(tensorsOf(one.run, "adapter")).toEqual(tensorsOf(other.run, "adapter"));
  });

  test("lines of the metrics stand in order, each step before the validation after it", async () => {
    const { record, run } = await train("metrics", { evaluateEvery: 3 }, { steps: 7 });
    const lines = readFileSync(path.join(run, "metrics.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const steps = [1, 2, 3, 4, 5, 6, 7].flatMap((step) =>
      step % 3 === 0 || step === 7
        ? [
            [step, "train"],
            [step, "validation"],
          ]
        : [[step, "train"]],
    );
    const expected = [[0, "validation"], ...steps, [0, "test"], [7, "test"]];
    expect(lines.map((line) => [line.step, line.split ?? "train"])).toEqual(expected);
    for (const { examplesPerSecond } of record.steps) expect(examplesPerSecond).toBeGreaterThan(0);
    expect(record.steps.every(({ examplesPerSecond }) => Number.isFinite(examplesPerSecond))).toBe(true);
  });

  test("a step reads once, and no more steps are on their way than the limit", async () => {
    const backend = tf.backend();
    const { read } = backend;
    let [reading, most, reads] = [0, 0, 0];
    backend.read = async (id) => {
      reads++;
      most = Math.max(most, ++reading);
      return read(id).finally(() => reading--);
    };
    const readsOf = async (name: string, steps: number) => {
      reads = 0;
      // No validation before the last step, which all of them have.
      await train(name, { evaluateEvery: 1000 }, { steps });
      return reads;
    };
    try {
      const [few, many] = [await readsOf("reads-2", 2), await readsOf("reads-22", 22)];
      expect(many - few).toBe(20);
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(mostBehind + 1);
    } finally {
      backend.read = read;
    }
  });

  test("a run leaves no tensor behind, whether it ends well or not", async () => {
    const before = tf.memory().numTensors;
    await train("memory", {}, { steps: 3 });
    expect(tf.memory().numTensors).toBe(before);
    const gradient = (step: number) => (step === 6 ? NaN : 1);
    await expect(train("memory-nan", {}, { backbone: stubBackbone({ gradient }) })).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each([NaN, Infinity])("a gradient of %d ends the run as it does on the host", async (strange) => {
    const bad = () => ({
      backbone: stubBackbone({ gradient: (step: number) => (step === 6 ? strange : 1) }),
    });
    const changes = { schedule: constant() };
    const failed = async (name: string, on: typeof train) => {
      const message = await on(name, changes, bad()).catch(String);
      const run = path.join(folder, name, "1");
      const { adapter, run: about } = JSON.parse(readFileSync(path.join(run, "adapter.json"), "utf8"));
      return {
        message: String(message).replaceAll(name, ""),
        step: adapter.step,
        about: [about.ending, about.stepsDone],
      };
    };
    const [device, host] = [
      await failed(`gradient-${strange}`, train),
      await failed(`host-gradient-${strange}`, trainOnHost),
    ];
    // What is infinite times what is negative has the other sign.
    expect(device.message).toMatch(/after step 6: the gradient of P in step 7 holds (NaN|-?Infinity)\n/);
    expect([device.step, device.about[1]]).toEqual([host.step, host.about[1]]);
    expect(device.step).toBe(5);
    // The very values of a run that ends there.
    const good = await train(`good-${strange}`, changes, { steps: 5 });
    expect(tensorsOf(path.join(folder, `gradient-${strange}`, "1"), "adapter")).toEqual(
      tensorsOf(good.run, "adapter"),
    );
  });

  test.each([
    ["a tensor", 1e39, 20, /after step 0: P holds (-?Infinity|NaN) after step 1\n/],
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
      /after step 1: the scores of the validation rows after step 1 hold (NaN|-Infinity); .* in P\n/,
    ],
  ])(
    "%s that is not finite ends the run at rate %d, and what it began as is kept",
    async (what, rate, evaluateEvery, message) => {
      const name = `not-finite ${what}`;
      const prompt = { tensors: ["P"] as const, learningRate: rate };
      const groups = { prompt, pair: { tensors: ["A", "B"] as const, learningRate: 5e-3 } };
      await expect(train(name, { schedule: constant(), groups, evaluateEvery })).rejects.toThrow(message);
      const run = path.join(folder, name, "1");
      expect(JSON.parse(readFileSync(path.join(run, "adapter.json"), "utf8")).adapter).toMatchObject({
        step: 0,
        values: "latest",
      });
      const began = await trainOnHost(
        `began ${what}`,
        { schedule: constant(), evaluateEvery: 1000 },
        {
          backbone: disturbed("choiceLogLikelihoods", 1, interrupt) as TextBackbone,
        },
      );
      expect(tensorsOf(run, "adapter")).toEqual(tensorsOf(began.run, "adapter"));
    },
  );

  test("gradients whose norm is beyond 32 bits end the run, though each entry is finite", async () => {
    const gradient = (step: number) => (step === 6 ? 1e25 : 1);
    await expect(train("norm", {}, { backbone: stubBackbone({ gradient }) })).rejects.toThrow(
      /after step 6: the norm of all gradients in step 7 is beyond 32 bits\nthe tensors of step 5 \(latest\)/,
    );
  });

  test("values that only the last step before a validation spoils are never validated", async () => {
    const gradient = (step: number) => (step === 9 ? NaN : 1);
    const failure = train("before-validation", {}, { backbone: stubBackbone({ gradient }) });
    await expect(failure).rejects.toThrow(/after step 9: the gradient of P in step 10 holds NaN\n/);
    const lines = readFileSync(path.join(folder, "before-validation/1/metrics.jsonl"), "utf8")
      .trimEnd()
      .split("\n");
    expect(lines).toHaveLength(10);
  });

  test("a device that gives up with steps on their way leaves values that it had read", async () => {
    const backbone = disturbed("lossAndGradient", 17, () => {
      throw new DeviceError("backend webgpu: the device is lost");
    });
    await expect(train("lost", {}, { backbone })).rejects.toThrow(
      /training stopped after step \d+: backend webgpu: the device is lost\nthe tensors of step 10 \(best/,
    );
  });

  test.each([
    ["in a step", "lossAndGradient", 12, 12],
    ["in the step before a validation", "lossAndGradient", 10, 10],
    ["in a validation", "choiceLogLikelihoods", 3, 20],
    ["in the last validation", "choiceLogLikelihoods", 4, 22],
    ["in the test rows at the end", "choiceLogLikelihoods", 5, 22],
  ] as const)(
    "a run interrupted %s goes on to the very numbers it would have had",
    async (when, method, at, done) => {
      const whole = await train(`whole ${when}`);
      const half = await train(
        `half ${when}`,
        {},
        { backbone: disturbed(method, at, interrupt) as TextBackbone },
      );
      expect(half.record.ending.kind).toBe("interrupted");
      expect(half.record.steps).toHaveLength(done);
      const rest = await train(`half ${when}`, {}, { resume: true });
      expect(rest.log).toContain(`from step ${done} of 22`);
      expect(rest.record.ending).toEqual({ kind: "finished" });
      expect(rest.record.steps.map(({ loss }) => loss)).toEqual(whole.record.steps.map(({ loss }) => loss));
      expect(rest.record.validations).toEqual(whole.record.validations);
      expect(rest.record.after).toEqual(whole.record.after);
      expect(tensorsOf(rest.run, "adapter")).toEqual(tensorsOf(whole.run, "adapter"));
    },
  );

  test("a checkpoint every minute has every step that was begun, and a run that is killed goes on from it", async () => {
    const whole = await train("minute-whole");
    const { now } = Date;
    let [calls, later] = [0, 0];
    const backbone = stubBackbone();
    const { lossAndGradient } = backbone;
    backbone.lossAndGradient = (...given) => {
      calls++;
      if (calls === 15) later = 61_000;
      if (calls === 18) throw new Error("killed");
      return lossAndGradient(...given);
    };
    Date.now = () => now() + later;
    try {
      await expect(train("minute", {}, { backbone })).rejects.toThrow("killed");
    } finally {
      Date.now = now;
    }
    const rest = await train("minute", {}, { resume: true });
    expect(rest.log).toContain("from step 15 of 22");
    expect(rest.record.steps.map(({ loss }) => loss)).toEqual(whole.record.steps.map(({ loss }) => loss));
    expect(tensorsOf(rest.run, "adapter")).toEqual(tensorsOf(whole.run, "adapter"));
  });

  test.each<[string, Changes]>([
    ["a projection", { projections: { P: ball(0.5) } }],
    ["Adafactor", { optimizer: adafactor() }],
  ])("%s is the host's, which waits for every step", async (what, changes) => {
    const backend = tf.backend();
    const { read } = backend;
    let [reading, most] = [0, 0];
    backend.read = async (id) => {
      most = Math.max(most, ++reading);
      return read(id).finally(() => reading--);
    };
    try {
      const { record } = await train(`by the host: ${what}`, changes, { steps: 6 });
      expect(record.steps).toHaveLength(6);
      expect(most).toBe(1 + 3); // the loss and three gradients
    } finally {
      backend.read = read;
    }
  });
});
