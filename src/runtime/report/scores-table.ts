// The task's metrics before and after, where there is more to say than the accuracy at the top.

import type { Metric, Scores } from "../data/metrics/metric.ts";
import type { RunRecord } from "../train/run-record.ts";
import { markup, type Markup } from "./markup.ts";

/** What the metrics are called in print. */
export const titles: Readonly<Record<Metric, string>> = {
  accuracy: "accuracy",
  f1: "F1",
  macroF1: "macro-F1",
  matthews: "Matthews",
  pearson: "Pearson",
  spearman: "Spearman",
  squadF1: "SQuAD F1",
  squadEm: "SQuAD EM",
};

export interface ScoreRow {
  readonly title: string;
  /** Times 100, with one digit: "66.7"; undefined where it was not measured. */
  readonly before: string | undefined;
  readonly validation: string | undefined;
  readonly after: string | undefined;
}

/** A row for each metric; none for a task that is scored by its accuracy alone. */
export function scoreRows({ scoresBefore, validations, kept, after }: RunRecord): readonly ScoreRow[] {
  const validation = validations.find(({ step }) => step === kept.step)?.scores;
  const metrics = Object.keys(scoresBefore ?? validation ?? {}) as readonly Metric[];
  if (metrics.length === 1 && metrics[0] === "accuracy") return [];
  const read = (scores: Scores | undefined, metric: Metric): string | undefined => {
    const score = scores?.[metric];
    return score === undefined ? undefined : (100 * score).toFixed(1);
  };
  return metrics.map((metric) => ({
    title: titles[metric],
    before: read(scoresBefore, metric),
    validation: read(validation, metric),
    after: read(after?.scores, metric),
  }));
}

export function scoresTable(record: RunRecord): Markup {
  const rows = scoreRows(record);
  if (rows.length === 0) return markup``;
  const cell = (value: string | undefined) => markup`<td class="number">${value ?? "not measured"}</td>`;
  const cells = rows.map(
    ({ title, before, validation, after }) =>
      markup`<tr><td>${title}</td>${cell(before)}${cell(after)}${cell(validation)}</tr>
`,
  );
  return markup`<section><h2>Scores <small>times 100; the first chose the tensors that were kept</small></h2>
<div class="scroll"><table><thead><tr><th>metric</th><th class="number">test, before</th><th class="number">test, after</th>
<th class="number">validation, kept</th></tr></thead><tbody>
${cells}</tbody></table></div></section>`;
}
