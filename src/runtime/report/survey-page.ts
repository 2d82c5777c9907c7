// A survey of a task's rows as a page for the terminal.

import { type Split, splits } from "../data/load-task.ts";
import type { SplitSurvey, Survey } from "../data/survey.ts";
import { count, counted, percent } from "./numbers.ts";

/** Plain text. */
export function surveyPage(survey: Survey): string {
  const sections = [
    ...splits.map((split) => splitLines(split, survey.splits[split], survey)),
    classLines(survey),
    positionLines(survey),
  ];
  const filled = sections.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** Width of the longest bar. */
const barWidth = 40;

function splitLines(name: Split, split: SplitSurvey, { classes, maxTokens }: Survey): string[] {
  const { lengths, histogram } = split;
  const labels = classes.map(({ text }, label): Bar => [text, split.labels[label] ?? 0]);
  const bins = histogram.map(({ from, to, rows }): Bar => [
    from === to ? count(from) : `${count(from)}–${count(to)}`,
    rows,
  ]);
  return [
    `${name}   ${counted(split.rows, "row")} of ${split.source}`,
    "",
    ...(labels.length === 0 ? [] : [...barLines(labels, split.rows), ""]),
    `  tokens: ${count(lengths.shortest)} to ${count(lengths.longest)}, half of the inputs at most ${count(lengths.median)}`,
    ...barLines(bins, split.rows),
    `  cut to ${count(maxTokens)} tokens: ${share(split.cut, split.rows)}; empty: ${count(split.empty)}`,
    ...answerLines(split),
  ];
}

function answerLines({ answers, rows }: SplitSurvey): string[] {
  if (!answers) return [];
  const { lengths, maxTokens, cut } = answers;
  const range = `${count(lengths.shortest)} to ${count(lengths.longest)} tokens, half of them at most ${count(lengths.median)}`;
  return [`  answers: ${range}; cut to ${count(maxTokens)} tokens: ${share(cut, rows)}`];
}

type Bar = readonly [label: string, rows: number];

function barLines(bars: readonly Bar[], rows: number): string[] {
  const widest = Math.max(...bars.map(([label]) => label.length));
  const digits = Math.max(...bars.map(([, each]) => count(each).length));
  const most = Math.max(1, ...bars.map(([, each]) => each));
  return bars.map(([label, each]) => {
    const length = Math.ceil((barWidth * each) / most);
    const number = count(each).padStart(digits);
    return `    ${label.padEnd(widest)}  ${number}  ${percent(each / rows).padStart(6)}  ${"█".repeat(length)}`.trimEnd();
  });
}

function share(rows: number, all: number): string {
  return `${count(rows)} of ${count(all)}${rows > 0 ? ` (${percent(rows / all)})` : ""}`;
}

function classLines({ classes }: Survey): string[] {
  if (classes.length === 0) return []; // free text
  const widest = Math.max(...classes.map(({ text }) => text.length));
  const lines = classes.map(({ text, tokens }) => `    ${text.padEnd(widest)}  ${count(tokens)}`);
  return ["tokens of each class's text, the end included", "", ...lines];
}

function positionLines({ positional }: Survey): string[] {
  if (positional.length === 0) return [];
  const lines = positional.map(({ tensor, rows, trained }) => {
    const never = trained < rows ? `; rows ${count(trained)} to ${count(rows - 1)} never are` : "";
    return `    ${tensor}  rows 0 to ${count(trained - 1)} of ${count(rows)} are trained${never}`;
  });
  return ["tensors with a row for each position, by the longest training input", "", ...lines];
}
