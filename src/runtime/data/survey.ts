// What a task's rows are like, before anything is trained on them.

import type { Score } from "./choice.ts";
import type { FreeText } from "./free-text.ts";
import {
  cutRows,
  classesOf,
  readSplits,
  scoreOf,
  splitName,
  type ReadExample,
  type Split,
  splits,
  type TaskOptions,
  type TextReader,
} from "./load-task.ts";

export interface Lengths {
  readonly shortest: number;
  readonly median: number;
  readonly longest: number;
}

/** Of one split. */
export interface SplitSurvey {
  readonly source: string;
  readonly rows: number;
  /** Rows of each class, in the order of the classes. */
  readonly labels: readonly number[];
  /** Tokens of the whole inputs, before any is cut. */
  readonly lengths: Lengths;
  /** Rows by tokens of the whole input, `from` and `to` included; the bins are those of all splits. */
  readonly histogram: readonly { readonly from: number; readonly to: number; readonly rows: number }[];
  /** Inputs with more than `maxTokens` tokens. */
  readonly cut: number;
  /** Inputs that say nothing but the template's own words. */
  readonly empty: number;
  /** Of free text: tokens of the answers that are learned, the end included, before any is cut to `maxTokens`. */
  readonly answers?: { readonly lengths: Lengths; readonly maxTokens: number; readonly cut: number };
}

/** Rows of `of` whose input stands in `from`, too. */
export interface SharedRows {
  readonly of: Split;
  readonly from: Split;
  readonly rows: number;
  /** Those whose label in `from` is another. */
  readonly otherLabel: number;
}

export interface Survey {
  readonly splits: Readonly<Record<Split, SplitSurvey>>;
  readonly maxTokens: number;
  /** Classes and the tokens of their texts, the end included. */
  readonly classes: readonly { readonly text: string; readonly tokens: number }[];
  /** How the classes' texts are compared. */
  readonly score: Score;
  readonly shared: readonly SharedRows[];
  /** Tensors with a row for each position of the input: only the first `trained` rows ever meet a training input. */
  readonly positional: readonly {
    readonly tensor: string;
    readonly rows: number;
    readonly trained: number;
  }[];
}

/** Reads all rows, as a run would. Throws an OperationalError that names file and line for rows that cannot be used. */
export async function surveyTask(
  reader: TextReader,
  options: TaskOptions,
  positional: readonly string[] = [],
): Promise<Survey> {
  const examples = await readSplits(reader, options);
  const classes = classesOf(options.target, reader.tokenizer);
  const all = splits.flatMap((split) => examples[split].map(({ fullLength }) => fullLength));
  const width = binWidth(all.reduce((most, length) => Math.max(most, length), 1));
  const wordless = withoutFields(options.input);
  const split = (name: Split): SplitSurvey => {
    const rows = examples[name];
    return {
      source: splitName(options, name),
      rows: rows.length,
      labels: classes.map((_, label) => rows.filter((row) => row.label === label).length),
      lengths: lengthsOf(rows.map(({ fullLength }) => fullLength)),
      histogram: histogramOf(rows, width),
      cut: cutRows(rows),
      empty: rows.filter(({ text }) => squeezed(text) === wordless).length,
      ...(options.target.kind === "text" ? { answers: answersOf(rows, options.target) } : {}),
    };
  };
  const trained = examples.train.reduce((most, { ids }) => Math.max(most, ids.length), 0);
  return {
    splits: { train: split("train"), validation: split("validation"), test: split("test") },
    maxTokens: options.maxTokens,
    classes: classes.map(({ text, ids }) => ({ text, tokens: ids.length })),
    score: scoreOf(options.target),
    shared: [
      sharedRows(examples, "validation", "train"),
      sharedRows(examples, "test", "train"),
      sharedRows(examples, "test", "validation"),
    ],
    positional: positional.map((tensor) => ({ tensor, rows: options.maxTokens, trained })),
  };
}

/** At most this many bars for a split. */
const mostBins = 12;

function binWidth(longest: number): number {
  const least = Math.ceil(longest / mostBins);
  const round = [1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 40, 50, 64].find((width) => width >= least);
  return round ?? Math.ceil(least / 50) * 50;
}

function histogramOf(rows: readonly ReadExample[], width: number): SplitSurvey["histogram"] {
  const counts: number[] = [];
  for (const { fullLength } of rows) {
    const bin = Math.floor((Math.max(1, fullLength) - 1) / width);
    while (counts.length <= bin) counts.push(0);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts.map((rows, bin) => ({ from: bin * width + 1, to: (bin + 1) * width, rows }));
}

function answersOf(rows: readonly ReadExample[], { maxTokens }: FreeText): SplitSurvey["answers"] {
  const tokens = rows.map(({ answer }) => answer?.fullLength ?? 0);
  return { lengths: lengthsOf(tokens), maxTokens, cut: tokens.filter((each) => each > maxTokens).length };
}

function lengthsOf(tokens: readonly number[]): Lengths {
  const sorted = Int32Array.from(tokens).sort();
  const at = (position: number) => sorted[position] ?? 0;
  return { shortest: at(0), median: at((sorted.length - 1) >> 1), longest: at(sorted.length - 1) };
}

function sharedRows(
  examples: Readonly<Record<Split, readonly ReadExample[]>>,
  of: Split,
  from: Split,
): SharedRows {
  const labels = new Map<string, Set<number>>();
  for (const { text, label } of examples[from]) {
    const key = squeezed(text);
    labels.set(key, (labels.get(key) ?? new Set<number>()).add(label));
  }
  const found = examples[of].flatMap(({ text, label }) => {
    const known = labels.get(squeezed(text));
    return known ? [known.has(label)] : [];
  });
  return { of, from, rows: found.length, otherLabel: found.filter((same) => !same).length };
}

function withoutFields(template: string): string {
  return squeezed(template.replaceAll(/\{[^{}]+\}/g, ""));
}

/** Texts that differ in nothing but white space are one. */
function squeezed(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
