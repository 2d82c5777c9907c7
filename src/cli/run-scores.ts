// What a run is judged by, from its manifest: the score of its task's first metric.

/** The part of an adapter's manifest that holds scores, from −1 or 0 to 1; null where one was not measured. */
export interface ManifestMetrics {
  readonly testAccuracyBefore: number | null;
  readonly testAccuracyAfter: number | null;
  readonly validationAccuracy: number | null;
  /** By metric, the task's first metric first. */
  readonly scores?: Readonly<Record<"testBefore" | "testAfter" | "validation", Scores | null>>;
}

type Scores = Readonly<Record<string, number>>;

export interface RunScores {
  /** As a manifest names it: "accuracy", "macroF1". */
  readonly metric: string;
  readonly testBefore: number | null;
  readonly testAfter: number | null;
  readonly validation: number | null;
}

/** The deciding scores; the accuracies of a manifest that has no others. */
export function runScores(metrics: ManifestMetrics | undefined): RunScores {
  const { testBefore, testAfter, validation } = metrics?.scores ?? {};
  const [metric] = Object.keys(testBefore ?? validation ?? testAfter ?? {});
  if (metric === undefined || metric === "accuracy") {
    return {
      metric: "accuracy",
      testBefore: metrics?.testAccuracyBefore ?? null,
      testAfter: metrics?.testAccuracyAfter ?? null,
      validation: metrics?.validationAccuracy ?? null,
    };
  }
  const read = (scores: Scores | null | undefined) => scores?.[metric] ?? null;
  return { metric, testBefore: read(testBefore), testAfter: read(testAfter), validation: read(validation) };
}

/** "85.3%" of an accuracy; of any other metric times 100 behind the name the language has for it: "macro_f1 59.6". */
export function scoreCell(metric: string, score: number | null): string {
  if (score === null) return "–";
  const hundredths = (100 * score).toFixed(1);
  return metric === "accuracy" ? `${hundredths}%` : `${metricName(metric)} ${hundredths}`;
}

/** "macroF1" as the language writes it: "macro_f1". */
export function metricName(metric: string): string {
  return metric.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
