// The last thing a run prints: what it reached, beside what it started from and what guessing reaches.

import { existsSync, statSync } from "node:fs";
import path from "node:path";
import type { RunFolder } from "../train/run-folder.ts";
import type { RunRecord, ValidationRecord } from "../train/run-record.ts";
import { gainOf } from "./gain.ts";
import { scoreText } from "./score-text.ts";
import { scoreRows } from "./scores-table.ts";
import { count, counted, duration, fileSize, percent } from "./numbers.ts";

/** Plain text of at most 80 columns, for stdout. */
export function summaryOf(record: RunRecord, folder: RunFolder): string {
  const lines = [
    "",
    headline(record),
    "",
    ...accuracyLines(record),
    ...scoreLines(record),
    "",
    workLine(record),
    "",
    `  ${folder.path}`,
  ];
  return [...lines, ...fileLines(record, folder), ""].join("\n");
}

function headline({ name, ending, settings, steps }: RunRecord): string {
  const done = `step ${count(steps.length)} of ${count(settings.steps)}`;
  switch (ending.kind) {
    case "running":
      return `${name}   at ${done}`;
    case "interrupted":
      return `${name}   stopped by ${ending.signal} after ${done}`;
    case "failed":
      return `${name}   failed after ${done}: ${ending.reason}`;
    case "finished":
      return ending.patience === undefined
        ? `${name}   finished`
        : `${name}   finished early, after ${done}: no better validation in ${counted(ending.patience, "evaluation")}`;
  }
}

function accuracyLines(record: RunRecord): string[] {
  const { data, validations, kept, classes } = record;
  const { split, before, after } = gainOf(record);
  const { rows: scored, majority } = data[split];
  const gain = before === undefined || after === undefined ? undefined : 100 * (after - before);
  const best = kept.because === "latest" ? undefined : validations.find(({ step }) => step === kept.step);
  const rows: [string, number | undefined, string][] = [
    ["before training", before, ""],
    ["after training", after, gain === undefined ? "" : `${signed(gain)} points`],
    [
      classes.length === 0 ? "commonest answer" : "majority class",
      majority.share,
      `always “${majority.text}”`,
    ],
  ];
  const lines = rows.map(([label, share, note]) => {
    const value = share === undefined ? "not measured" : percent(share).padStart(6);
    return `    ${label.padEnd(17)}${value}   ${note}`.trimEnd();
  });
  const title = `  accuracy on ${counted(scored, `${split} row`)}`;
  const validation = best && `  best validation ${bestText(best)}, at step ${count(best.step)}`;
  return [title, ...lines, ...(validation === undefined ? [] : ["", validation])];
}

/** By what chose it: "accuracy 85.7%", "F1 59.6". */
function bestText({ scores }: ValidationRecord): string {
  const text = scoreText(scores);
  return text.endsWith("%") ? `accuracy ${text}` : text;
}

/** Metrics beside or instead of the accuracy; the first chose what was kept. */
function scoreLines(record: RunRecord): string[] {
  const lines = scoreRows(record).map(({ title, before, after, validation }) => {
    const numbers = [before, after, validation].map((each) => (each ?? "—").padStart(12));
    return `    ${title.padEnd(10)}${numbers.join("")}`;
  });
  const heads = ["before", "after", "validation"].map((each) => each.padStart(12)).join("");
  return lines.length === 0 ? [] : ["", `  × 100       ${heads}`, ...lines];
}

function workLine({ steps, settings, seconds, trained, backend }: RunRecord): string {
  const rows = settings.batch * (settings.accumulate ?? 1);
  const work = `${counted(steps.length, "step")} of ${counted(rows, "row")} in ${duration(seconds)}`;
  return `  ${work} on ${backend.name}; ${counted(trained, "trained parameter")}, seed ${settings.seed}`;
}

function fileLines({ kept }: RunRecord, folder: RunFolder): string[] {
  const files: [string, string][] = [
    [folder.adapter, `the tensors of step ${count(kept.step)}, ${kept.because}`],
    [path.join(folder.model, "model.safetensors"), "the backbone with them, in model/"],
    [folder.manifest, "what they are and where they came from"],
    [folder.checkpoint, "what --resume goes on from"],
    [folder.metrics, "a line for every step and evaluation"],
    [folder.report, "the curves, the confusion matrix, examples"],
  ];
  return files
    .filter(([file]) => existsSync(file))
    .map(
      ([file, note]) =>
        `    ${path.basename(file).padEnd(23)}${fileSize(statSync(file).size).padStart(9)}   ${note}`,
    );
}

function signed(points: number): string {
  return `${points < 0 ? "−" : "+"}${Math.abs(points).toFixed(1)}`;
}
