import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { renderResults, renderSeeds, spreadOf, summariseSeeds } from "../../src/cli/family-results.ts";
import { checkText } from "../support/check-text.ts";

const head = `import { wordnet_t5 } from "std/backbones"
import { gloss_supersense } from "std/tasks/wordnet"
import { prompt_tuning } from "std/methods"
`;
const body = (train: string, method = "method = prompt_tuning(length = 5)") => `
  backbone = wordnet_t5
  task = gloss_supersense
  ${method}
  group prompt { lr = 0.3 }
  train { steps = 10 ${train} }
`;

test("several seeds are a family of runs, one for each", async () => {
  const { plans, diagnostics } = await checkText(`${head}tune it {${body("seeds = [7, 8, 9]")}}`);
  expect(diagnostics).toEqual([]);
  expect(plans.map(({ tune }) => [tune.name, tune.train.seed.value])).toEqual([
    ["it/seed=7", 7],
    ["it/seed=8", 8],
    ["it/seed=9", 9],
  ]);
  expect(plans[0]?.tune.family?.name).toBe("it");
});

test("the legs of a comparison and the points of a sweep are run with each seed", async () => {
  const text = `${head}tune it {${body("seeds = [7, 8]")}}
sweep points of it { method.length in [5, 6] }
compare both {
  budget = at_most(10_000)
  ${body("seeds = [7, 8]", "")}
  leg one { method = prompt_tuning(length = 5) }
  leg two { method = prompt_tuning(length = 6) }
}`;
  const { plans } = await checkText(text);
  expect(plans.map(({ tune }) => tune.name)).toEqual([
    "it/seed=7",
    "it/seed=8",
    ...[5, 6].flatMap((length) => [7, 8].map((seed) => `points/length=${length},seed=${seed}`)),
    ...["one", "two"].flatMap((leg) => [7, 8].map((seed) => `both/${leg},seed=${seed}`)),
  ]);
});

test.each([
  ["seeds = 7", "program/wrong-value"],
  ["seeds = []", "program/wrong-value"],
  ["seeds = [0.5]", "program/wrong-value"],
  ["seeds = [7, 7]", "program/duplicate-setting"],
  ["seed = 7 seeds = [8]", "program/duplicate-setting"],
])("%s is refused", async (train, code) => {
  const { diagnostics } = await checkText(`${head}tune it {${body(train)}}`);
  expect(diagnostics.map((each) => each.code)).toContain(code);
});

test("mean and sample standard deviation over the seeds of each configuration", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "dept-seeds-"));
  const { plans } = await checkText(`${head}tune it {${body("seeds = [7, 8, 9]")}}`);
  for (const [index, plan] of plans.entries()) {
    const run = path.join(folder, plan.tune.name, "1");
    mkdirSync(run, { recursive: true });
    const metrics = {
      testAccuracyBefore: 0.1,
      testAccuracyAfter: [0.5, 0.6, 0.7][index],
      validationAccuracy: 0.5,
    };
    writeFileSync(path.join(run, "adapter.json"), JSON.stringify({ run: { seconds: 1 }, metrics }));
  }
  expect(renderResults(folder, plans)).toMatch(/seed=8 .* 10\.0% +60\.0% +50\.0%/);
  const [summary] = summariseSeeds(folder, plans);
  expect(summary).toMatchObject({ name: "it", runs: 3, validationAccuracy: { mean: 0.5, deviation: 0 } });
  expect(summary?.testAccuracyAfter.mean).toBeCloseTo(0.6, 12);
  expect(summary?.testAccuracyAfter.deviation).toBeCloseTo(0.1, 12);
  expect(renderSeeds(summariseSeeds(folder, plans))).toMatch(/it +3 +60\.0% ± 10\.0 +50\.0% ± 0\.0/);
  expect(spreadOf([0.5])).toEqual({ mean: 0.5, deviation: null });
  rmSync(folder, { recursive: true });
});

test("where the task names another metric first, families and seeds are compared by it", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "dept-seeds-"));
  const { plans } = await checkText(`${head}tune it {${body("seeds = [7, 8]")}}`);
  for (const [index, plan] of plans.entries()) {
    const run = path.join(folder, plan.tune.name, "1");
    mkdirSync(run, { recursive: true });
    const scores = (matthews: number | undefined) => ({ matthews, accuracy: 0.9 });
    const metrics = {
      testAccuracyAfter: 0.9,
      scores: { testBefore: scores(0), testAfter: scores([0.2, 0.4][index]), validation: scores(-0.5) },
    };
    writeFileSync(path.join(run, "adapter.json"), JSON.stringify({ run: { seconds: 3 }, metrics }));
  }
  expect(renderResults(folder, plans)).toMatch(/matthews 0\.0 +matthews 20\.0 +matthews -50\.0 +3\n/);
  const [summary] = summariseSeeds(folder, plans);
  expect(summary).toMatchObject({ metric: "matthews", testAccuracyAfter: { mean: 0.9 } });
  expect(summary?.testAfter.mean).toBeCloseTo(0.3, 12);
  expect(renderSeeds(summariseSeeds(folder, plans))).toMatch(
    /it +2 +matthews 30\.0 ± 14\.1 +matthews -50\.0 ± 0\.0/,
  );
  rmSync(folder, { recursive: true });
});
