import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import { bundleScript, startScript } from "../../support/run-script.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-stop-"));
let script: string;

beforeAll(async () => {
  script = await bundleScript("stub-training");
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(script, { force: true });
});

function start(runs: string, env: Readonly<Record<string, string>> = {}, more: readonly string[] = []) {
  const args = ["--backend", "cpu", "--runs", path.join(folder, runs), ...more];
  return startScript(script, args, { DEPT_TEST_FOLDER: folder, ...env });
}

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  test(`${signal} in mid-run saves everything learned so far and exits with ${code}`, async () => {
    const running = start(signal);
    await running.says("step 40 ");
    running.process.kill(signal);
    const finished = await running.finished;
    expect(finished).toMatchObject({ code, signal: null });

    const run = path.join(folder, signal, "stub", "1");
    const manifest = JSON.parse(readFileSync(path.join(run, "adapter.json"), "utf8"));
    const steps: number = manifest.run.stepsDone;
    expect(steps).toBeGreaterThanOrEqual(40);
    expect(manifest.run.ending).toEqual({ kind: "interrupted", signal });
    expect(finished.stdout).toContain(
      `stopped by ${signal} after step ${steps.toLocaleString("en-US")} of 1,000,000`,
    );
    expect(finished.stdout).toContain(run);

    const adapter = readFileSync(path.join(run, "adapter.safetensors"));
    expect(createHash("sha256").update(adapter).digest("hex")).toBe(manifest.adapter.sha256);
    expect(readSafetensors(path.join(run, "adapter.safetensors")).metadata).toMatchObject({
      step: String(manifest.adapter.step),
      values: "best on validation",
    });

    const checkpoint = readSafetensors(path.join(run, "checkpoint.safetensors"));
    expect(checkpoint.metadata["step"]).toBe(String(steps));
    expect(Object.keys(checkpoint.tensors).sort()).toEqual(
      ["A", "B", "P"].flatMap((name) => [
        name,
        ...["best", "first", "lastGood", "second"].map((each) => `${name}.${each}`),
      ]),
    );

    const metrics = readFileSync(path.join(run, "metrics.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const done = metrics.filter((line) => "loss" in line).map((line) => line.step);
    expect(done).toEqual(Array.from({ length: steps }, (_, index) => index + 1));
    expect(readFileSync(path.join(run, "report.html"), "utf8")).toContain(`Stopped by ${signal} after step`);
  });
}

test("a run that is killed leaves its best adapter, whole, with a manifest that says it was running", async () => {
  const running = start("killed");
  await running.says("step 40 ");
  running.process.kill("SIGKILL");
  expect(await running.finished).toMatchObject({ code: null, signal: "SIGKILL" });

  const run = path.join(folder, "killed", "stub", "1");
  const manifest = JSON.parse(readFileSync(path.join(run, "adapter.json"), "utf8"));
  expect(manifest.run.ending).toEqual({ kind: "running" });
  const adapter = readSafetensors(path.join(run, "adapter.safetensors"));
  expect(Object.keys(adapter.tensors)).toEqual(["A", "B", "P"]);
});

test("a second Ctrl-C leaves at once", async () => {
  const running = start("twice", { DEPT_TEST_STUCK: "yes" });
  await running.says("stuck");
  running.process.kill("SIGINT");
  await running.says("Ctrl-C again leaves at once");
  running.process.kill("SIGINT");
  expect(await running.finished).toMatchObject({ code: 130, signal: null });
});

test("a run that ends by itself exits with 0 and prints its result on stdout", async () => {
  const { code, stdout, stderr } = await start("short", {}, ["--steps", "3"]).finished;
  expect(stderr).toContain("training   step 3/3");
  expect(stdout).toContain("3 steps of 8 rows");
  expect(stdout).not.toContain("training   step");
  expect(code).toBe(0);
  expect(existsSync(path.join(folder, "short/stub/1/checkpoint.safetensors"))).toBe(false);
});

test("a run folder that cannot be written to is an error that names it, without a stack", async () => {
  writeFileSync(path.join(folder, "taken"), "a file, not a folder");
  const { code, stdout, stderr } = await start("taken").finished;
  expect(stderr).toMatch(/^error: cannot write to the run folder .*taken\/stub: /m);
  expect(stderr).not.toContain("    at ");
  expect(stdout).toBe("");
  expect(code).toBe(1);
});
