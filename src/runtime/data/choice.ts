// A target that is one of a few texts, ranked by the backbone's likelihood of each.

import { OperationalError } from "../operational-error.ts";
import { fieldText } from "./fields.ts";
import type { SourceRow } from "./source.ts";

/**
 * The class of a row is the text for the value of its `field`. A class is predicted by the sum of the log-likelihoods
 * of all its tokens, end token included: the probability that the backbone writes exactly this text. The sum is
 * not divided by the number of tokens, so a class with a longer text is not favoured for what its first token predicts.
 */
export interface Choice {
  readonly kind: "choice";
  readonly field: string;
  /** Value in the data → text the backbone scores. The order is that of the classes. */
  readonly texts: Readonly<Record<string, string>>;
}

export function choice(field: string, texts: Readonly<Record<string, string>>): Choice {
  return { kind: "choice", field, texts };
}

/** The row's class, as its position among the choice's texts. Throws an OperationalError for a value without a text. */
export function classOf(row: SourceRow, { field, texts }: Choice): number {
  const value = fieldText(row, field);
  const position = Object.keys(texts).indexOf(value);
  if (position >= 0) return position;
  const known = Object.keys(texts).join(", ");
  throw new OperationalError(`${row.place}: unknown ${field} "${value}"; known are ${known}`);
}
