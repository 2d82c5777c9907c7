// A task's rows, read, checked and tokenised.

import path from "node:path";
import type { Backbone } from "../models/backbone.ts";
import { OperationalError } from "../operational-error.ts";
import type { Tokenizer } from "../tokenizer.ts";
import { classOf, type Choice } from "./choice.ts";
import { fillTemplate } from "./fields.ts";
import type { Metric } from "./metrics/metric.ts";
import { readRows } from "./read-rows.ts";
import { describeSource, type Source } from "./source.ts";

/** A backbone that reads text. */
export interface TextBackbone extends Backbone {
  readonly tokenizer: Tokenizer;
  /** What stands around an input's tokens; left out, the end-of-text id after them. */
  readonly inputFrame?: InputFrame;
}

/** What of a backbone turns text into tokens; its weights are not needed for that. */
export type TextReader = Pick<TextBackbone, "tokenizer" | "inputFrame">;

export interface InputFrame {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export interface TaskOptions {
  readonly train: Source;
  readonly validation: Source;
  readonly test: Source;
  /** The text the backbone reads, with `{field}` where a row's field goes. */
  readonly input: string;
  readonly target: Choice;
  /** Most tokens of an input, its end-of-text id counted; longer inputs are cut before it. */
  readonly maxTokens: number;
  /** What predictions are scored by; the first decides which values are kept. Accuracy when left out. */
  readonly metrics?: readonly Metric[];
}

/** One example: what the backbone reads and which class is right. */
export interface Example {
  readonly text: string;
  /** Ends in the backbone's end-of-text id. */
  readonly ids: Int32Array;
  /** Position among the task's classes. */
  readonly label: number;
}

/** An example as its split is read. */
export interface ReadExample extends Example {
  /** Tokens of the whole input; more than `ids` holds where it was cut. */
  readonly fullLength: number;
}

/** A class of the task: the text the backbone scores, and its tokens with the end-of-text id. */
export interface TaskClass {
  readonly text: string;
  readonly ids: readonly number[];
}

export const splits = ["train", "validation", "test"] as const;
export type Split = (typeof splits)[number];

export interface Task extends Readonly<Record<Split, readonly Example[]>> {
  readonly classes: readonly TaskClass[];
  readonly maxTokens: number;
  readonly input: string;
  readonly sources: Readonly<Record<Split, string>>;
  /** At least one; the first decides. */
  readonly metrics: readonly Metric[];
}

/**
 * Reads all rows of a task. Says once, on stderr, how many inputs had to be cut to `maxTokens`. Throws an OperationalError
 * that names file and line for rows that cannot be used.
 */
export async function loadTask(reader: TextReader, options: TaskOptions): Promise<Task> {
  const { input, target, maxTokens, metrics = ["accuracy"] } = options;
  const examples = await readSplits(reader, options);
  const cut = splits.flatMap((split) => {
    const longer = cutRows(examples[split]);
    const rows = `${count(longer)} of ${count(examples[split].length)}`;
    return longer > 0 ? [`${rows} in ${describeSource(options[split])}`] : [];
  });
  if (cut.length > 0) process.stderr.write(`inputs cut to ${maxTokens} tokens: ${cut.join(", ")}\n`);
  return {
    ...examples,
    classes: encodeClasses(target, reader.tokenizer),
    maxTokens,
    input,
    metrics,
    sources: {
      train: sourceName(options.train),
      validation: sourceName(options.validation),
      test: sourceName(options.test),
    },
  };
}

/** The rows of each split, in their order, as examples. Throws as `loadTask` does. */
export async function readSplits(
  reader: TextReader,
  options: TaskOptions,
): Promise<Readonly<Record<Split, readonly ReadExample[]>>> {
  return {
    train: await readExamples(reader, options, options.train),
    validation: await readExamples(reader, options, options.validation),
    test: await readExamples(reader, options, options.test),
  };
}

async function readExamples(
  { tokenizer, inputFrame }: TextReader,
  { input, target, maxTokens }: TaskOptions,
  source: Source,
): Promise<ReadExample[]> {
  const examples: ReadExample[] = [];
  for await (const row of readRows(source)) {
    const text = fillTemplate(input, row);
    const { ids, fullLength } = tokenizer.encode(text, { maxTokens, ...inputFrame });
    examples.push({ text, ids: Int32Array.from(ids), label: classOf(row, target), fullLength });
  }
  return examples;
}

/** How many examples are not read whole. */
export function cutRows(examples: readonly ReadExample[]): number {
  return examples.filter(({ ids, fullLength }) => fullLength > ids.length).length;
}

/** Throws an OperationalError when two texts are the same tokens: likelihood could never tell them apart. */
export function encodeClasses({ texts }: Choice, tokenizer: Tokenizer): TaskClass[] {
  const byTokens = new Map<string, string>();
  return Object.values(texts).map((text) => {
    const { ids } = tokenizer.encodeTarget(text);
    const same = byTokens.get(ids.join());
    if (same !== undefined) {
      throw new OperationalError(
        `the classes "${same}" and "${text}" are the same tokens to this backbone (${ids.join(" ")}); give one another text`,
      );
    }
    byTokens.set(ids.join(), text);
    return { text, ids };
  });
}

/** For files that travel, such as a manifest: of a place on this machine, only the file and its folder. */
export function sourceName(source: Source): string {
  const name = describeSource(source);
  return path.isAbsolute(name) ? path.join(path.basename(path.dirname(name)), path.basename(name)) : name;
}

function count(rows: number): string {
  return rows.toLocaleString("en-US");
}
