import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { trainedRun } from "../../src/cli/find-runs.ts";
import { nodeHost } from "../../src/host.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-runs-"));
const metrics = [
  { step: 0, split: "validation", rows: 30, accuracy: 0.2 },
  ...[1, 2, 3].map((step) => ({ step, loss: 4 - step, gradientNorm: 1 })),
  { step: 3, split: "validation", rows: 30, accuracy: 0.6 },
];
const manifest = {
  spec: "sha256:00",
  run: { ending: { kind: "finished" }, startedAt: "2026-01-02T10:20:30.000Z", seconds: 12.3 },
  settings: { steps: 3 },
  metrics: { testAccuracyBefore: 0.25, testAccuracyAfter: 0.75, validationAccuracy: 0.6 },
};

/** Scored by another metric than the accuracy, which alone would make the last validation the best. */
const byF1 = {
  ...manifest,
  metrics: {
    ...manifest.metrics,
    scores: {
      testBefore: { macroF1: 0.125, accuracy: 0.25 },
      testAfter: { macroF1: 0.5, accuracy: 0.75 },
      validation: { macroF1: 0.375, accuracy: 0.6 },
    },
  },
};

beforeAll(() => {
  for (const run of ["one/2", "one/10", "family/seed=7/1"]) {
    mkdirSync(path.join(folder, run), { recursive: true });
    const lines = metrics.map((line) => `${JSON.stringify(line)}\n`).join("");
    writeFileSync(path.join(folder, run, "metrics.jsonl"), `${lines}{"step":4,"lo`); // cut by a kill
  }
  writeFileSync(path.join(folder, "one/2/adapter.json"), JSON.stringify(manifest));
  writeFileSync(path.join(folder, "one/one.mjs"), "");
  mkdirSync(path.join(folder, "scored/1"), { recursive: true });
  const scored = metrics.map((line) =>
    "split" in line ? { ...line, macroF1: line.step === 0 ? 0.375 : 0.3 } : line,
  );
  writeFileSync(
    path.join(folder, "scored/1/metrics.jsonl"),
    scored.map((line) => `${JSON.stringify(line)}\n`).join(""),
  );
  writeFileSync(path.join(folder, "scored/1/adapter.json"), JSON.stringify(byF1));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function dept(...args: readonly string[]) {
  const written = { out: "", err: "" };
  const code = await main(args, {
    host: nodeHost(),
    out: (text) => (written.out += text),
    err: (text) => (written.err += text),
    color: false,
  });
  return { code, ...written };
}

test("every run is listed with its results, one without a manifest as unfinished", async () => {
  const { code, out } = await dept("runs", folder);
  expect(code).toBe(0);
  expect(out.split("\n").map((line) => line.trim().split(/\s{2,}/))).toEqual([
    ["run", "ending", "steps", "loss", "validation", "test before", "test after", "seconds"],
    ["family/seed=7/1", "unfinished", "3", "1.00", "–", "–", "–", "–"],
    ["one/2", "finished", "3/3", "1.00", "60.0%", "25.0%", "75.0%", "12"],
    ["one/10", "unfinished", "3", "1.00", "–", "–", "–", "–"],
    ["scored/1", "finished", "3/3", "1.00", "macro_f1 37.5", "macro_f1 12.5", "macro_f1 50.0", "12"],
    [""],
  ]);
});

test("the list as JSON, and the curves as characters", async () => {
  const { out } = await dept("runs", folder, "--json");
  expect(JSON.parse(out)[1]).toMatchObject({ name: "one/2", testAccuracyAfter: 0.75, spec: "sha256:00" });
  const plot = (await dept("runs", path.join(folder, "one"), "--plot")).out;
  expect(plot).toMatch(/2\n\n {2}loss\n {2}3\.00 │•/);
  expect(plot).toMatch(/1\.00 │ {59}•/);
  expect(plot).toContain("validation accuracy\n  60.0% │");
});

test("where another metric decides, the list, its JSON and the curve are of that metric", async () => {
  const { out } = await dept("runs", path.join(folder, "scored"), "--json");
  expect(JSON.parse(out)).toMatchObject([
    { metric: "macroF1", testBefore: 0.125, testAfter: 0.5, validation: 0.375, testAccuracyAfter: 0.75 },
  ]);
  const plot = (await dept("runs", path.join(folder, "scored"), "--plot")).out;
  expect(plot).toContain("validation macro_f1\n  37.5 │•");
});

test("a trained run is found by its folder, by its adapter and by its tune", () => {
  const found = { folder: path.join(folder, "one/2"), script: path.join(folder, "one/one.mjs") };
  for (const place of ["one/2", "one/2/adapter.json", "one"])
    expect(trainedRun(path.join(folder, place))).toEqual(found);
});

test("a place without a trained run is a wrong command line", async () => {
  expect(await dept("eval", path.join(folder, "one/10"))).toMatchObject({ code: 2 });
  expect(await dept("predict", path.join(folder, "nowhere"))).toMatchObject({ code: 2 });
  expect(await dept("eval")).toMatchObject({ code: 2 });
});

test("-o draws the validation curves of runs that share a metric, and refuses others", async () => {
  const file = path.join(folder, "curves.svg");
  const { code, err } = await dept("runs", path.join(folder, "one"), "-o", file);
  expect([code, err]).toEqual([0, `wrote ${file}\n`]);
  const svg = readFileSync(file, "utf8");
  expect(svg.match(/<polyline/g)).toHaveLength(2);
  expect(svg).toContain("validation accuracy</text>");
  // From 20%, the bottom, at the left to 60%, the top, at the right.
  expect(svg).toContain('points="56.0,320.0 636.0,40.0"');
  const mixed = await dept("runs", folder, "-o", file);
  expect([mixed.code, mixed.err]).toEqual([2, expect.stringContaining("several metrics: accuracy, macroF1")]);
});

test.each([0.5, 0.9, 0, 1])("curves that stand at %f throughout are drawn", async (accuracy) => {
  const level = path.join(mkdtempSync(path.join(folder, "level-")), "1");
  mkdirSync(level);
  const lines = [0, 3].map(
    (step) => `${JSON.stringify({ step, split: "validation", rows: 10, accuracy })}\n`,
  );
  writeFileSync(path.join(level, "metrics.jsonl"), lines.join(""));
  const file = path.join(level, "curves.svg");
  expect(await dept("runs", level, "-o", file)).toMatchObject({ code: 0 });
  const svg = readFileSync(file, "utf8");
  expect(svg).not.toMatch(/NaN|Infinity/);
  expect(svg).toMatch(accuracy === 1 ? /points="56.0,40.0 636.0,40.0"/ : /points="56.0,320.0 636.0,320.0"/);
});
