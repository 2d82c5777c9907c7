// Interruptions at every stage of a run, in this process: the stub backbone raises the signal.

import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TextBackbone } from "../../../src/runtime/data/load-task.ts";
import { startBackend } from "../../../src/runtime/tf.ts";
import { runFit } from "../../../src/runtime/train/fit.ts";
import { readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import { MemoryStream } from "../../support/memory-stream.ts";
import { stubBackbone } from "../../support/stub-backbone.ts";
import { stubSettings } from "../../support/stub-method.ts";
import { stubTask } from "../../support/stub-task.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-interrupt-"));

beforeAll(async () => {
  await startBackend("cpu");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A backbone that sends this process SIGINT when `method` is called for the `at`-th time. */
function interruptedBackbone(method: "lossAndGradient" | "choiceLogLikelihoods", at: number): TextBackbone {
  const backbone = stubBackbone();
  let calls = 0;
  const count = () => {
    if (++calls === at) process.emit("SIGINT");
  };
  const { lossAndGradient, choiceLogLikelihoods } = backbone;
  if (method === "lossAndGradient") {
    return { ...backbone, lossAndGradient: (...args) => (count(), lossAndGradient(...args)) };
  }
  return { ...backbone, choiceLogLikelihoods: (...args) => (count(), choiceLogLikelihoods(...args)) };
}

async function interrupt(
  name: string,
  backbone: TextBackbone,
  resume = false,
  changes: Parameters<typeof stubSettings>[2] = {},
  steps?: number,
) {
  const task = await stubTask(backbone, folder);
  const settings = stubSettings(backbone, task, { name, steps: 30, evaluateEvery: 10, ...changes });
  const streams = { out: new MemoryStream(), log: new MemoryStream() };
  try {
    const record = await runFit(settings, { runs: folder, steps, resume, ...streams });
    const run = path.join(folder, name, "1");
    return { record, settings, run, out: streams.out.text, log: streams.log.text };
  } finally {
    backbone.dispose();
  }
}

test("before the first step: the tensors as they started are saved", async () => {
  const { record, run, out } = await interrupt("start", interruptedBackbone("choiceLogLikelihoods", 1));
  expect(record).toMatchObject({ ending: { kind: "interrupted" }, before: undefined, steps: [] });
  expect(record.kept).toEqual({ step: 0, because: "latest" });
  expect(out).toContain("stopped by SIGINT after step 0 of 30");
  expect(existsSync(path.join(run, "adapter.safetensors"))).toBe(true);
  expect(existsSync(path.join(run, "report.html"))).toBe(true);
});

test("in a step before any validation: the step is finished and its tensors are the adapter", async () => {
  const { record, run } = await interrupt("step", interruptedBackbone("lossAndGradient", 7));
  expect(record.steps).toHaveLength(7);
  expect(record.kept).toEqual({ step: 7, because: "latest" });
  const adapter = readSafetensors(path.join(run, "adapter.safetensors")).tensors;
  const checkpoint = readSafetensors(path.join(run, "checkpoint.safetensors")).tensors;
  for (const name of ["P", "A", "B"]) expect(adapter[name]).toEqual(checkpoint[name]);
});

test("in a step after a validation: the adapter is the best one, the checkpoint has the latest", async () => {
  const { record, run } = await interrupt("later", interruptedBackbone("lossAndGradient", 17));
  expect(record.kept).toEqual({ step: 10, because: "best on validation" });
  const adapter = readSafetensors(path.join(run, "adapter.safetensors"));
  const checkpoint = readSafetensors(path.join(run, "checkpoint.safetensors"));
  expect([adapter.metadata["step"], checkpoint.metadata["step"]]).toEqual(["10", "17"]);
  expect(adapter.tensors["P"]).not.toEqual(checkpoint.tensors["P"]);
});

test("while the test rows are measured at the end: all steps are done and saved", async () => {
  // Each evaluation is one batch: validation before, three validations, the test rows with the first and the kept values.
  const { record, run } = await interrupt("end", interruptedBackbone("choiceLogLikelihoods", 6));
  expect(record).toMatchObject({ ending: { kind: "interrupted" }, after: undefined });
  expect(record.before).toBeGreaterThan(0);
  expect(record.steps).toHaveLength(30);
  expect(record.validations.map(({ step }) => step)).toEqual([0, 10, 20, 30]);
  expect(
    JSON.parse(readFileSync(path.join(run, "adapter.json"), "utf8")).metrics.testAccuracyAfter,
  ).toBeNull();
});

test.each([
  ["in the first evaluation", "choiceLogLikelihoods", 1],
  ["in a step", "lossAndGradient", 12],
  ["in the step before a validation", "lossAndGradient", 10],
  ["in a validation", "choiceLogLikelihoods", 3],
  ["in the last validation", "choiceLogLikelihoods", 4],
  ["in the test rows with the first values", "choiceLogLikelihoods", 5],
  ["in the test rows with the kept values", "choiceLogLikelihoods", 6],
] as const)(
  "a run interrupted %s goes on to the very numbers it would have had",
  async (when, method, at) => {
    const whole = await interrupt(`whole ${when}`, stubBackbone());
    const half = await interrupt(`half ${when}`, interruptedBackbone(method, at));
    expect(half.record.ending.kind).toBe("interrupted");
    const rest = await interrupt(`half ${when}`, stubBackbone(), true);
    expect(rest.log).toContain(`going on with ${rest.run} from step ${half.record.steps.length} of 30`);
    expect(rest.record.ending).toEqual({ kind: "finished" });
    expect(rest.record.steps.map(({ loss }) => loss)).toEqual(whole.record.steps.map(({ loss }) => loss));
    expect(rest.record.validations).toEqual(whole.record.validations);
    expect([rest.record.before, rest.record.after]).toEqual([whole.record.before, whole.record.after]);
    const tensors = ({ run }: typeof rest) => readSafetensors(path.join(run, "adapter.safetensors")).tensors;
    expect(tensors(rest)).toEqual(tensors(whole));
    const splits = ({ run }: typeof rest) =>
      readFileSync(path.join(run, "metrics.jsonl"), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => [JSON.parse(line).step, JSON.parse(line).split, JSON.parse(line).loss]);
    expect(splits(rest)).toEqual(splits(whole));
    expect(existsSync(path.join(rest.run, "checkpoint.safetensors"))).toBe(false);
  },
);

test("a damaged newest checkpoint is set aside, aloud, and the one before it is taken", async () => {
  const whole = await interrupt("undamaged", stubBackbone());
  const { run } = await interrupt("damaged", interruptedBackbone("lossAndGradient", 17));
  const file = path.join(run, "checkpoint.safetensors");
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 3) ^ 1, bytes.length - 3); // one bit of one number
  writeFileSync(file, bytes);
  const rest = await interrupt("damaged", stubBackbone(), true);
  expect(rest.log).toContain(`${file} is damaged: its contents do not have the hash it was written with`);
  expect(rest.log).toContain("checkpoint.damaged.safetensors");
  expect(rest.log).toContain("from step 10 of 30");
  expect(rest.record.steps.map(({ loss }) => loss)).toEqual(whole.record.steps.map(({ loss }) => loss));
});

test.each([
  ["in its numbers", -100],
  ["in its header", 200],
  ["to nothing", 0],
])(
  "a newest checkpoint cut %s falls back to the one before it, and to a new run where both are cut",
  async (_, bytes) => {
    const name = `cut${bytes}`;
    const whole = await interrupt(`${name}-whole`, stubBackbone());
    const { run } = await interrupt(name, interruptedBackbone("lossAndGradient", 17));
    const cut = (file: string) =>
      truncateSync(path.join(run, file), bytes < 0 ? statSync(path.join(run, file)).size + bytes : bytes);
    cut("checkpoint.safetensors");
    const rest = await interrupt(name, interruptedBackbone("lossAndGradient", 5), true);
    expect(rest.log).toMatch(
      /checkpoint\.safetensors .*damaged\.safetensors, and the checkpoint before it is taken\n/,
    );
    expect(rest.log).toContain("from step 10 of 30");
    expect(rest.record.steps.map(({ loss }) => loss)).toEqual(
      whole.record.steps.slice(0, rest.record.steps.length).map(({ loss }) => loss),
    );
    cut("checkpoint.safetensors");
    cut("checkpoint.previous.safetensors");
    const anew = await interrupt(name, stubBackbone(), true);
    expect(anew.log).toMatch(/checkpoint\.previous\.safetensors .*, and there is none before it\n/);
    expect(anew.log).toContain("nothing to resume");
    expect(anew.record.steps.map(({ loss }) => loss)).toEqual(whole.record.steps.map(({ loss }) => loss));
  },
);

test("another plan's run is refused with both hashes, another number of steps with both numbers", async () => {
  await interrupt("stranger", interruptedBackbone("lossAndGradient", 12));
  await expect(interrupt("stranger", stubBackbone(), true, { spec: "sha256:11" })).rejects.toThrow(
    /stranger\/1 cannot be resumed[^]*sha256:00[^]*sha256:11/,
  );
  await expect(interrupt("stranger", stubBackbone(), true, {}, 40)).rejects.toThrow(
    /is a run of 30 steps and cannot become one of 40/,
  );
});

test("with nothing to resume a new run begins, and says so", async () => {
  const { record, log } = await interrupt("nothing", stubBackbone(), true);
  expect(log).toContain("nothing to resume");
  expect(record.ending).toEqual({ kind: "finished" });
});
