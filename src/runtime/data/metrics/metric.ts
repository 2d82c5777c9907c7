// The metrics of a task, by name.

import { accuracyOf } from "../accuracy.ts";
import { pearsonOf, spearmanOf } from "./correlation.ts";
import { f1Of, macroF1Of } from "./f1.ts";
import { matthewsOf } from "./matthews.ts";
import { exactMatchOf, wordF1Of } from "./squad.ts";

/** Of classes. */
export const metrics = ["accuracy", "f1", "macroF1", "matthews", "pearson", "spearman"] as const;
type ClassMetric = (typeof metrics)[number];

/** Of written texts. */
export const textMetrics = ["accuracy", "squadF1", "squadEm"] as const;
type TextMetric = (typeof textMetrics)[number];

export type Metric = ClassMetric | TextMetric;

/** Values of the metrics in their order, from −1 or 0 to 1. */
export type Scores = Readonly<Partial<Record<Metric, number>>>;

/** The score by which the best values are chosen: that of the metric named first. */
export function decisive(scores: Scores): { readonly metric: Metric; readonly score: number } {
  const [first] = Object.entries(scores);
  if (first === undefined) throw new Error("a task without a metric");
  return { metric: first[0] as Metric, score: first[1] };
}

/** `texts` are those of the classes; the correlations read them as numbers. */
export function scoresOf(
  asked: readonly Metric[],
  predictions: Int32Array,
  labels: Int32Array,
  texts: readonly string[],
): Scores {
  const numbers = (classes: Int32Array) => Array.from(classes, (each) => Number(texts[each]));
  const score = (metric: Metric): number => {
    switch (metric) {
      case "squadF1":
      case "squadEm":
        throw new Error(`${metric} is computed of texts, not of classes`);
      case "accuracy":
        return accuracyOf(predictions, labels);
      case "f1":
        return f1Of(predictions, labels);
      case "macroF1":
        return macroF1Of(predictions, labels);
      case "matthews":
        return matthewsOf(predictions, labels);
      case "pearson":
        return pearsonOf(numbers(predictions), numbers(labels));
      case "spearman":
        return spearmanOf(numbers(predictions), numbers(labels));
    }
  };
  return Object.fromEntries(asked.map((metric) => [metric, score(metric)]));
}

/** The same of written texts, each with the texts that are right. */
export function textScoresOf(
  asked: readonly Metric[],
  written: readonly string[],
  references: readonly (readonly string[])[],
): Scores {
  const score = (metric: Metric): number => {
    switch (metric) {
      case "accuracy":
        return sameTextShare(written, references);
      case "squadF1":
        return wordF1Of(written, references);
      case "squadEm":
        return exactMatchOf(written, references);
      default:
        throw new Error(`${metric} is computed of classes, not of texts`);
    }
  };
  return Object.fromEntries(asked.map((metric) => [metric, score(metric)]));
}

/** Share of texts that are, letter by letter, one of their references; white space around them does not count. */
export function sameTextShare(
  written: readonly string[],
  references: readonly (readonly string[])[],
): number {
  const right = written.filter((text, index) => isOneOf(text, references[index] ?? []));
  return right.length / written.length;
}

export function isOneOf(text: string, references: readonly string[]): boolean {
  return references.some((reference) => reference.trim() === text.trim());
}
