import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { summaryOf } from "../../../src/runtime/report/summary.ts";
import { createRunFolder } from "../../../src/runtime/train/run-folder.ts";
import { makeSteps, sampleRecord } from "../../support/sample-record.ts";

const parent = mkdtempSync(path.join(tmpdir(), "dept-summary-"));

afterAll(() => rmSync(parent, { recursive: true, force: true }));

test("a finished run says what it reached and where it is", () => {
  const folder = createRunFolder(parent, "quickstart");
  for (const file of [folder.adapter, folder.manifest, folder.report])
    writeFileSync(file, "x".repeat(11_432));
  expect(summaryOf(sampleRecord(), folder)).toBe(`
quickstart   finished

  accuracy on 2,000 test rows
    before training   31.3%
    after training    88.9%   +57.6 points
    majority class    27.0%   always “person”

  best validation accuracy 85.7%, at step 500

  600 steps of 16 rows in 1 min 24 s on wasm; 2,688 trained parameters, seed 42

  ${folder.path}
    adapter.safetensors      11.4 KB   the tensors of step 500, best on validation
    adapter.json             11.4 KB   what they are and where they came from
    metrics.jsonl            0 bytes   a line for every step and evaluation
    report.html              11.4 KB   the curves, the confusion matrix, examples
`);
});

test("a run that another metric decided says by which, and not the accuracy beside it", () => {
  const scores = { f1: 0.4321, accuracy: 0.857 };
  const record = sampleRecord({
    validations: [{ step: 500, accuracy: 0.857, scores }],
    kept: { step: 500, because: "best on validation" },
  });
  const text = summaryOf(record, createRunFolder(parent, "f1"));
  expect(text).toContain("\n  best validation F1 43.2, at step 500\n");
});

test("a run stopped early says at which step, and what its validation rows say of it", () => {
  const folder = createRunFolder(parent, "stopped");
  writeFileSync(folder.checkpoint, "x");
  const stopped = sampleRecord({
    steps: makeSteps(37),
    validations: [{ step: 0, accuracy: 0.3, scores: { accuracy: 0.3 } }],
    kept: { step: 37, because: "latest" },
    ending: { kind: "interrupted", signal: "SIGTERM" },
    before: undefined,
    after: undefined,
    predictions: [],
  });
  const text = summaryOf(stopped, folder);
  expect(text).toContain("quickstart   stopped by SIGTERM after step 37 of 600");
  expect(text).toContain("accuracy on 1,000 validation rows");
  expect(text).toContain("before training   30.0%");
  expect(text).toContain("after training   not measured");
  expect(text).not.toContain("best validation");
  expect(text).toContain("checkpoint.safetensors    1 byte   what --resume goes on from");

  const validations = [...stopped.validations, { step: 30, accuracy: 0.7, scores: { accuracy: 0.7 } }];
  const later = { ...stopped, validations, kept: { step: 30, because: "best on validation" as const } };
  expect(summaryOf(later, folder)).toContain("after training    70.0%   +40.0 points");
});

test("runs are numbered onwards, whatever else lies in the folder", () => {
  expect(path.basename(createRunFolder(parent, "numbers").path)).toBe("1");
  writeFileSync(path.join(parent, "numbers", "notes.txt"), "");
  expect(path.basename(createRunFolder(parent, "numbers").path)).toBe("2");
  rmSync(path.join(parent, "numbers", "1"), { recursive: true });
  expect(path.basename(createRunFolder(parent, "numbers").path)).toBe("3");
});
