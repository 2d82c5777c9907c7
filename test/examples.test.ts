// Every example compiles without a word, its scripts are the recorded ones, and they train what their plans say.

import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { check, emit } from "../src/compile.ts";
import { scriptName } from "../src/emit/build-script.ts";
import { memoryHost, nodeHost } from "../src/host.ts";
import { byPlace } from "../src/runtime/report/by-place.ts";
import type { TensorRecord } from "../src/runtime/train/run-record.ts";

const run = promisify(execFile);
const compiled = "examples/compiled";
const names = readdirSync("examples")
  .filter((file) => file.endsWith(".dept"))
  .map((file) => file.slice(0, -".dept".length));

/** Those whose model is not in the package but on the Hub: nothing is fetched in a test. */
const fetching = ["multirc", "rte"];

/** A sweep's scripts differ in a number or two: its first stands for all. */
async function compileExample(name: string) {
  const { plans, diagnostics } = await check(`examples/${name}.dept`, nodeHost());
  const firstOfSweep = plans.find(({ tune }) => tune.family?.kind === "sweep");
  const shown = plans.filter((plan) => plan.tune.family?.kind !== "sweep" || plan === firstOfSweep);
  const scripts = shown.map(async (plan) => ({
    plan,
    file: plan.tune.family?.kind === "sweep" ? `${plan.tune.family.name}-first` : scriptName(plan),
    script: await emit(plan, { folder: compiled, version: "0.1.0" }),
  }));
  return { diagnostics, scripts: await Promise.all(scripts) };
}

test.each(names)("examples/%s.dept gives the recorded scripts", async (name) => {
  const { diagnostics, scripts } = await compileExample(name);
  expect(diagnostics).toEqual([]);
  expect(scripts.length).toBeGreaterThan(0);
  for (const { file, script } of scripts) {
    await expect(script.typescript).toMatchFileSnapshot(`../${compiled}/${file}.ts`);
    await expect(script.javascript).toMatchFileSnapshot(`../${compiled}/${file}.mjs`);
  }
});

test.each(names.filter((name) => !fetching.includes(name)))(
  "the scripts of examples/%s.dept train exactly their plans' tensors",
  async (name) => {
    const { scripts } = await compileExample(name);
    const runs = mkdtempSync(join(tmpdir(), "dept-example-"));
    try {
      for (const { plan, script } of scripts) {
        const file = join(compiled, `.${process.pid}.run.mjs`);
        writeFileSync(file, onFewRows(script.javascript, runs));
        await run(process.execPath, [file, "--steps", "2", "--runs", runs, "--backend", "wasm"]).finally(() =>
          rmSync(file),
        );
        const manifest: Manifest = JSON.parse(
          readFileSync(join(runs, plan.tune.name, "1", "adapter.json"), "utf8"),
        );
        const shapes = byPlace(manifest.tensors).map(({ name, shape }) => [name, shape]);
        // A tensor without an entry leaves no trace in the script.
        const planned = plan.tensors.filter(({ count }) => count > 0);
        expect(Object.fromEntries(shapes)).toEqual(
          Object.fromEntries(planned.map((tensor) => [tensor.name, tensor.shape])),
        );
        expect(manifest.trained).toBe(plan.trained);
      }
    } finally {
      rmSync(runs, { recursive: true });
    }
  },
  300_000,
);

test.each(fetching)(
  "examples/%s.dept fetches its model, and so is compiled and not trained here",
  async (name) => {
    const { scripts } = await compileExample(name);
    for (const { script } of scripts) expect(script.typescript).toContain("await hub(");
  },
);

test("the released MultiRC setting is refused, 3.59% over its budget", async () => {
  const text = readFileSync("examples/multirc.dept", "utf8").replace(
    "length = 7, rank = 64",
    "length = 60, rank = 30",
  );
  const { plans, diagnostics } = await check("main.dept", memoryHost({ "main.dept": text }, nodeHost()));
  expect(plans).toEqual([]);
  expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([
    "plan/over-budget: this method trains 79,560 parameters; the budget is 76,800 (+3.59%)",
  ]);
});

/** The same script over the first rows of the embedded data: two steps need no more, and all rows take their time. */
function onFewRows(script: string, folder: string): string {
  return script.replaceAll(
    /stdlib\("(data\/gloss-supersense\/(\w+\.jsonl))"\)/g,
    (_, whole: string, name: string) => {
      const rows = readFileSync(join("stdlib", whole), "utf8").split("\n").slice(0, 48);
      writeFileSync(join(folder, name), rows.join("\n"));
      return JSON.stringify(join(folder, name));
    },
  );
}

interface Manifest {
  readonly trained: number;
  readonly tensors: readonly TensorRecord[];
}
