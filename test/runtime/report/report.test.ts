import { expect, test } from "vitest";
import { renderReport } from "../../../src/runtime/report/report.ts";
import { makeSteps, sampleRecord } from "../../support/sample-record.ts";

test("the page needs nothing outside itself", () => {
  const page = renderReport(sampleRecord());
  expect(page).toMatch(/^<!doctype html>\n/);
  expect(page.replaceAll("http://www.w3.org", "")).not.toMatch(
    /https?:|<script|<link|<img|<iframe|@import|url\(|src=/,
  );
});

test("every tag that opens closes again, in order", () => {
  for (const record of [
    sampleRecord(),
    sampleRecord({ before: undefined, after: undefined, predictions: [], steps: [] }),
  ]) {
    const open: string[] = [];
    const tags = renderReport(record).matchAll(/<(\/?)([a-z!][a-z0-9]*)[^>]*?(\/?)>/g);
    for (const [, closing, name = "", closed] of tags) {
      if (closing) expect(open.pop()).toBe(name);
      else if (!closed && name !== "meta" && name !== "!doctype") open.push(name);
    }
    expect(open).toEqual([]);
  }
});

test("text from data and names is shown, not run", () => {
  const nasty = `<script>alert("1")</script> & 'more'`;
  const escaped = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;";
  const record = sampleRecord();
  const page = renderReport({
    ...record,
    name: nasty,
    classes: record.classes.map((name, index) => (index === 0 ? nasty : name)),
    predictions: [{ text: nasty, label: 1, predicted: 0, probabilities: [1, 0, 0, 0, 0, 0] }],
    backbone: { ...record.backbone, name: nasty },
    ending: { kind: "failed", reason: nasty },
    settings: { ...record.settings, input: nasty },
    tensors: record.tensors.map((tensor) => ({ ...tensor, name: nasty, group: nasty })),
    data: { ...record.data, test: { ...record.data.test, majority: { text: nasty, share: 0.3 } } },
  });
  expect(page).not.toContain("<script");
  expect(page.split(escaped).length).toBeGreaterThan(10);
});

test("the numbers of the run are on the page", () => {
  const record = sampleRecord();
  const page = renderReport(record);
  for (const text of [
    "31.3%",
    "+57.6 points",
    "2,688",
    "10 × 128",
    "kept: 85.7%",
    "1 min 24 s",
    "always “person” 27.0%",
  ]) {
    expect(page).toContain(text);
  }
});

test("hovering a point says its step and value", () => {
  const page = renderReport(sampleRecord());
  expect(page).toContain("<title>step 200: 74.8%</title>");
  expect(page).toMatch(/<title>step 1: [\d.]+, smoothed [\d.]+<\/title>/);
});

test("a run stopped early says so and shows what it has", () => {
  const record = sampleRecord({
    steps: makeSteps(37),
    validations: [],
    kept: { step: 37, because: "latest" },
    ending: { kind: "interrupted", signal: "SIGINT" },
    before: undefined,
    after: undefined,
    predictions: [],
  });
  const page = renderReport(record);
  expect(page).toContain("Stopped by SIGINT after step 37 of 600.");
  expect(page).toContain("Training loss");
  expect(page).toContain("Not measured before the run ended.");
  expect(page).not.toContain("Surest mistakes");
  expect(page).not.toMatch(/NaN|undefined|Infinity/);
});

test("a run stopped before its first step still has a page", () => {
  const page = renderReport(
    sampleRecord({
      steps: [],
      validations: [],
      before: undefined,
      after: undefined,
      predictions: [],
      kept: { step: 0, because: "latest" },
    }),
  );
  expect(page).toContain("not measured");
  expect(page).not.toMatch(/NaN|undefined|Infinity/);
});

test("a run of thirty thousand steps stays a page of moderate size", () => {
  const record = sampleRecord();
  const page = renderReport({
    ...record,
    steps: makeSteps(30_000),
    settings: { ...record.settings, steps: 30_000 },
  });
  expect(page.length).toBeLessThan(200_000);
});

test("the smallest run there is, one step and one class, draws", () => {
  const record = sampleRecord();
  const page = renderReport({
    ...record,
    classes: ["only"],
    steps: makeSteps(1).map((step) => ({ ...step, loss: 0, learningRates: { prompt: 0 } })),
    validations: [{ step: 1, accuracy: 1, scores: { accuracy: 1 } }],
    kept: { step: 1, because: "best on validation" },
    settings: { ...record.settings, steps: 1 },
    after: {
      accuracy: 1,
      scores: { accuracy: 1 },
      labels: new Int32Array(1),
      predictions: new Int32Array(1),
      logLikelihoods: new Float32Array(1),
    },
    predictions: [{ text: "red", label: 0, predicted: 0, probabilities: [1] }],
  });
  expect(page).not.toMatch(/NaN|undefined|Infinity/);
  expect(page).toContain("There were none.");
});
