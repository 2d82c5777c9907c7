// A target that is one of a few texts, ranked by the backbone's likelihood of each.

import { OperationalError } from "../operational-error.ts";
import { fieldText } from "./fields.ts";
import type { SourceRow } from "./source.ts";

/**
 * The class of a row is the text for the value of its `field`. A class is predicted by the sum of the log-likelihoods
 * of all its tokens, end token included: the probability that the backbone writes exactly this text. The sum is
 * not divided by the number of tokens, so a class with a longer text is not favoured for what its first token predicts;
 * with `score: "mean"` it is, and texts of different lengths are compared by their tokens' average.
 */
export interface Choice {
  readonly kind: "choice";
  readonly field: string;
  /** Value in the data → text the backbone scores. The order is that of the classes. */
  readonly texts: Readonly<Record<string, string>>;
  /** A value belongs to the class whose own value, a number, is nearest. */
  readonly nearest?: boolean;
  readonly score?: Score;
}

/** Of a text: the sum of its tokens' log-likelihoods, or their mean. */
export type Score = "sum" | "mean";

export function choice(
  field: string,
  texts: Readonly<Record<string, string>>,
  { score }: { readonly score?: Score } = {},
): Choice {
  return { kind: "choice", field, texts, ...(score && { score }) };
}

/** `[rows × classes]` sums of log-likelihoods made means, in place, where the score is the mean of a text's tokens. */
export function scoreTexts(
  sums: Float32Array,
  classes: readonly { readonly ids: readonly number[] }[],
  score: Score,
): Float32Array {
  if (score === "sum") return sums;
  for (const [index, sum] of sums.entries())
    sums[index] = sum / (classes[index % classes.length]?.ids.length ?? 1);
  return sums;
}

/**
 * A choice among the numbers from `from` to `to`, `step` apart, as texts with as many digits as the step has: "0.0", "0.2", …
 * A row's class is the number nearest to its own, the larger of two equally near.
 */
export function numberChoice(
  field: string,
  range: { readonly from: number; readonly to: number; readonly step: number; readonly score?: Score },
): Choice {
  const { from, to, step, score } = range;
  const digits = /\.(\d+)/.exec(String(step))?.[1]?.length ?? 0;
  const count = Math.round((to - from) / step) + 1;
  const numbers = Array.from({ length: count }, (_, index) => (from + index * step).toFixed(digits));
  // A space keeps whole numbers in their place: JavaScript would put such keys before all others.
  return {
    kind: "choice",
    field,
    texts: Object.fromEntries(numbers.map((each) => [`${each} `, each])),
    nearest: true,
    ...(score && { score }),
  };
}

/** The row's class, as its position among the choice's texts. Throws an OperationalError for a value without a text. */
export function classOf(row: SourceRow, { field, texts, nearest }: Choice): number {
  const value = fieldText(row, field);
  if (nearest === true) return nearestOf(Object.values(texts).map(Number), value, row, field);
  const position = Object.keys(texts).indexOf(value);
  if (position >= 0) return position;
  const keys = Object.keys(texts);
  const byNumber =
    /^\d+$/.test(value) && Number(value) < keys.length && keys.every((key) => texts[key] === key);
  const hint = byNumber ? `; where the data holds numbers write { 0: "${keys[0]}", … }` : "";
  throw new OperationalError(
    `${row.place}: unknown ${field} "${value}"; known are ${keys.join(", ")}${hint}`,
  );
}

/** Throws an OperationalError for a value that is no number, or lies beyond the range by more than half a step. */
function nearestOf(numbers: readonly number[], value: string, { place }: SourceRow, field: string): number {
  const number = value.trim() === "" ? NaN : Number(value);
  const [first = NaN, second = NaN] = numbers;
  const position = Math.round((number - first) / (second - first));
  if (position >= 0 && position < numbers.length) return position;
  throw new OperationalError(`${place}: ${field} "${value}" is no number from ${first} to ${numbers.at(-1)}`);
}
