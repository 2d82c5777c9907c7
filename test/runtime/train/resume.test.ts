// Real processes, killed at random places: what is resumed ends in the bytes of a run that nothing disturbed.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { randomStream } from "../../../src/runtime/random.ts";
import { bundleScript, startScript } from "../../support/run-script.ts";
import { hasSoftwareAdapter } from "../../support/software-adapter.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-resume-"));
const steps = 60;
/** A validation before training and three in it, and the test rows twice at the end: a call each. */
const calls = 1 + steps + 3 + 2;
let script: string;

beforeAll(async () => {
  script = await bundleScript("stub-training");
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(script, { force: true });
});

async function train(backend: string, runs: string, more: readonly string[], env: Record<string, string>) {
  const args = ["--backend", backend, "--runs", path.join(folder, runs), ...more];
  const place = { DEPT_TEST_FOLDER: folder, DEPT_TEST_STEPS: String(steps), ...env };
  return startScript(script, args, place).finished;
}

function outcomeOf(runs: string) {
  const run = path.join(folder, runs, "stub/1");
  const lines = readFileSync(path.join(run, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  const metrics = lines.map((line) => ({ ...JSON.parse(line), examplesPerSecond: 0 }));
  return { metrics, adapter: readFileSync(path.join(run, "adapter.safetensors")).toString("hex") };
}

/** Signals, and how often a run gets them. */
const kills = {
  cpu: [
    ["SIGKILL", 2],
    ["SIGINT", 2],
  ],
  wasm: [
    ["SIGKILL", 2],
    ["SIGINT", 2],
  ],
  webgpu: [["SIGKILL", 1]],
} as const;

/** In software a process of webgpu takes ten seconds to start, and there are four: it is tried where it is named. */
const backends = (process.env["DEPT_TEST_BACKENDS"]?.split(",") ?? ["cpu", "wasm"]) as (keyof typeof kills)[];

for (const backend of backends) {
  const isHere = backend !== "webgpu" || hasSoftwareAdapter;
  const what = `${backend}: a run killed again and again gives the metrics and the adapter of an undisturbed one`;
  test.skipIf(!isHere)(what, { timeout: 600_000 }, async () => {
    const seed = Number(process.env["DEPT_TEST_SEED"] ?? Date.now() % 1e6);
    const random = randomStream(seed, backend);
    const whole = `${backend}-whole`;
    expect((await train(backend, whole, [], {})).code).toBe(0);
    const expected = outcomeOf(whole);
    for (const [signal, times] of kills[backend]) {
      const [first = 1, ...later] = Array.from({ length: times }, () => 1 + random.below(calls));
      const where = `DEPT_TEST_SEED=${seed}: ${signal} in call ${first}${later.map((at) => `, then in call ${at} of what is left`).join("")}`;
      process.stderr.write(`${backend}: ${where}\n`);
      const runs = `${backend}-${signal}`;
      const kill = (at: number) => ({ DEPT_TEST_SIGNAL: signal, DEPT_TEST_AT_CALL: String(at) });
      expect((await train(backend, runs, [], kill(first))).code, where).toBe(
        signal === "SIGINT" ? 130 : null,
      );
      for (const at of later) await train(backend, runs, ["--resume"], kill(at));
      expect((await train(backend, runs, ["--resume"], {})).code, where).toBe(0);
      expect(outcomeOf(runs), where).toEqual(expected);
    }
    const again = await train(backend, whole, ["--resume"], {});
    expect(again).toMatchObject({ code: 0, stdout: "" });
    expect(again.stderr).toContain("has finished; there is nothing to resume");
  });
}
