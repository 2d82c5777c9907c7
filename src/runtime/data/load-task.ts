// A task's rows, read, checked and tokenised.

import path from "node:path";
import type { Backbone } from "../models/backbone.ts";
import { OperationalError } from "../operational-error.ts";
import type { Tokenizer } from "../tokenizer.ts";
import { classOf, type Choice, type Score } from "./choice.ts";
import { fillTemplate } from "./fields.ts";
import { answerOf, type Answer, type FreeText, type WritingSettings } from "./free-text.ts";
import type { Metric } from "./metrics/metric.ts";
import { readRows } from "./read-rows.ts";
import { drawShots, type Shots } from "./shots.ts";
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
  readonly target: Choice | FreeText;
  /** Most tokens of an input, its end-of-text id counted; longer inputs are cut before it. */
  readonly maxTokens: number;
  /** So many rows of each class instead of all. */
  readonly shots?: Shots;
  /** What predictions are scored by; the first decides which values are kept. Accuracy when left out. */
  readonly metrics?: readonly Metric[];
}

/** One example: what the backbone reads and what is right. */
export interface Example {
  readonly text: string;
  /** Ends in the backbone's end-of-text id. */
  readonly ids: Int32Array;
  /** Position among the task's classes; 0 where it has none. */
  readonly label: number;
  /** Of a task whose target is free text. */
  readonly answer?: Answer;
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
  /** None where the target is free text. */
  readonly classes: readonly TaskClass[];
  /** How the backbone writes its answers, where the target is free text. */
  readonly writing?: WritingSettings;
  readonly maxTokens: number;
  readonly input: string;
  readonly sources: Readonly<Record<Split, string>>;
  /** At least one; the first decides. */
  readonly metrics: readonly Metric[];
  /** How the classes' texts are compared; by their sum when left out. */
  readonly score?: Score;
}

/**
 * Reads all rows of a task. Says once, on stderr, how many inputs had to be cut to `maxTokens`, and whether texts with different
 * numbers of tokens are compared by their sums. Throws an OperationalError that names file and line for rows that cannot be used.
 */
export async function loadTask(backbone: TextBackbone, options: TaskOptions): Promise<Task> {
  const { input, target, maxTokens, metrics = ["accuracy"] } = options;
  if (target.kind === "text" && !backbone.generate) {
    const { name, architecture } = backbone.identity;
    throw new OperationalError(
      `${name}: ${architecture} cannot write text; take a target of classes, or a T5, GPT-2 or Llama`,
    );
  }
  const examples = await readSplits(backbone, options);
  const cut = splits.flatMap((split) => {
    const longer = cutRows(examples[split]);
    const rows = `${count(longer)} of ${count(examples[split].length)}`;
    return longer > 0 ? [`${rows} in ${describeSource(options[split])}`] : [];
  });
  if (cut.length > 0) process.stderr.write(`inputs cut to ${maxTokens} tokens: ${cut.join(", ")}\n`);
  const classes = classesOf(target, backbone.tokenizer);
  const score = scoreOf(target);
  const unequal = unequalTexts(
    classes.map(({ ids }) => ids.length),
    score,
  );
  if (unequal !== undefined) process.stderr.write(`${unequal}\n`);
  return {
    ...examples,
    classes,
    ...(target.kind === "text" ? { writing: writingOf(target) } : {}),
    score,
    maxTokens,
    input,
    metrics,
    sources: {
      train: splitName(options, "train"),
      validation: splitName(options, "validation"),
      test: splitName(options, "test"),
    },
  };
}

/** The classes of a target; none where it is free text. Throws as `encodeClasses` does. */
export function classesOf(target: TaskOptions["target"], tokenizer: Tokenizer): TaskClass[] {
  return target.kind === "text" ? [] : encodeClasses(target, tokenizer);
}

export function scoreOf(target: TaskOptions["target"]): Score {
  return target.kind === "text" ? "sum" : (target.score ?? "sum");
}

/** What there is to say of texts that are scored by their sums and have `tokens` tokens each. */
export function unequalTexts(tokens: readonly number[], score: Score): string | undefined {
  const [fewest, most] = [Math.min(...tokens), Math.max(...tokens)];
  if (score === "mean" || tokens.length === 0 || fewest === most) return undefined;
  return (
    `the classes' texts have ${fewest} to ${most} tokens and are scored by the sum of their log-likelihoods, which each ` +
    `further token lowers; score = mean in the target divides by the tokens`
  );
}

/** The rows of each split, in their order, as examples. Throws as `loadTask` does. */
export async function readSplits(
  reader: TextReader,
  options: TaskOptions,
): Promise<Readonly<Record<Split, readonly ReadExample[]>>> {
  return {
    train: await readSplit(reader, options, "train"),
    validation: await readSplit(reader, options, "validation"),
    test: await readSplit(reader, options, "test"),
  };
}

async function readSplit(
  reader: TextReader,
  options: TaskOptions,
  split: Split,
): Promise<readonly ReadExample[]> {
  const examples = await readExamples(reader, options, options[split]);
  const rows = shotsOf(options, split);
  if (rows === undefined || !options.shots || options.target.kind === "text") return examples;
  const place = describeSource(options[split]);
  return drawShots(examples, Object.values(options.target.texts), {
    rows,
    seed: options.shots.seed,
    split,
    place,
  });
}

function shotsOf({ shots }: TaskOptions, split: Split): number | undefined {
  return split === "test" ? undefined : shots?.[split];
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
    const right =
      target.kind === "text"
        ? { label: 0, answer: answerOf(row, target, tokenizer) }
        : { label: classOf(row, target) };
    examples.push({ text, ids: Int32Array.from(ids), ...right, fullLength });
  }
  return examples;
}

/** How many examples are not read whole. */
export function cutRows(examples: readonly ReadExample[]): number {
  return examples.filter(({ ids, fullLength }) => fullLength > ids.length).length;
}

function writingOf({ maxTokens, beams }: FreeText): WritingSettings {
  return { maxTokens, ...(beams ? { beams } : {}) };
}

/** Throws an OperationalError when two texts are the same tokens: likelihood could never tell them apart. */
function encodeClasses({ texts }: Choice, tokenizer: Tokenizer): TaskClass[] {
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

/** Where the split's rows are, and how many of them were drawn. */
export function splitName(options: TaskOptions, split: Split): string {
  const rows = shotsOf(options, split);
  const drawn = rows === undefined ? "" : ` (${rows} of each class, seed ${options.shots?.seed})`;
  return `${sourceName(options[split])}${drawn}`;
}

/** For files that travel, such as a manifest: of a place on this machine, only the file and its folder. */
function sourceName(source: Source): string {
  const name = describeSource(source);
  return path.isAbsolute(name) ? path.join(path.basename(path.dirname(name)), path.basename(name)) : name;
}

function count(rows: number): string {
  return rows.toLocaleString("en-US");
}
