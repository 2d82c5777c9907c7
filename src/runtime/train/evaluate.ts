// Accuracy on rows the training never sees: the class whose text the backbone finds likeliest, or the text it writes.

import { setImmediate } from "node:timers/promises";
import { accuracyOf, argmaxRows } from "../data/accuracy.ts";
import { batchesByLength, inputBatch } from "../data/batches.ts";
import { scoreTexts } from "../data/choice.ts";
import type { WritingSettings } from "../data/free-text.ts";
import type { Example, Task, TextBackbone } from "../data/load-task.ts";
import { sameTextShare, scoresOf, textScoresOf, type Scores } from "../data/metrics/metric.ts";
import type { Parameter } from "./parameters.ts";
import { embeddingsOf, insideOf, type Method } from "./step.ts";

export interface Evaluation {
  /** From 0 to 1. */
  readonly accuracy: number;
  /** Of the task's metrics, in their order. */
  readonly scores: Scores;
  /** Classes, in the order of the examples; like all that follows empty where the target is free text. */
  readonly predictions: Int32Array;
  readonly labels: Int32Array;
  /** Log-likelihood of each class's text, `[examples × classes]`; per token where the task scores by the mean. */
  readonly logLikelihoods: Float32Array;
  /** What the backbone wrote for each example, where the target is free text. */
  readonly written?: readonly string[];
}

/** Examples scored at once. Nothing is kept for a backward pass, so it may be more than a training batch. */
const largestBatch = 50;

/** Every example is decoded once for each class; this bounds the two together. */
const mostTexts = 400;

/** Hears how many are done after each batch and answers whether to go on; when it says no, there is no result. */
type OnProgress = (done: number) => boolean;

/** Scores every example. */
export async function evaluate(
  backbone: TextBackbone,
  method: Method,
  parameters: readonly Parameter[],
  task: Task,
  examples: readonly Example[],
  onProgress: OnProgress = () => true,
): Promise<Evaluation | undefined> {
  const trained = { backbone, method, parameters };
  return task.writing
    ? evaluateTexts(trained, task, task.writing, examples, onProgress)
    : evaluateClasses(trained, task, examples, onProgress);
}

interface Trained {
  readonly backbone: TextBackbone;
  readonly method: Method;
  readonly parameters: readonly Parameter[];
}

async function evaluateClasses(
  trained: Trained,
  task: Task,
  examples: readonly Example[],
  onProgress: OnProgress,
): Promise<Evaluation | undefined> {
  const { classes } = task;
  const logLikelihoods = new Float32Array(examples.length * classes.length);
  const batchSize = Math.max(1, Math.min(largestBatch, Math.floor(mostTexts / classes.length)));
  const isDone = await inBatches(examples, batchSize, onProgress, async (batch, positions) => {
    const scores = await rankClasses(trained, batch, task); // [batch × classes]
    for (const [index, position] of positions.entries()) {
      const row = scores.subarray(index * classes.length, (index + 1) * classes.length);
      logLikelihoods.set(row, position * classes.length);
    }
  });
  if (!isDone) return undefined;
  const labels = Int32Array.from(examples, ({ label }) => label);
  const predictions = argmaxRows(logLikelihoods, classes.length);
  const texts = task.classes.map(({ text }) => text);
  const scores = scoresOf(task.metrics, predictions, labels, texts);
  return { accuracy: accuracyOf(predictions, labels), scores, predictions, labels, logLikelihoods };
}

async function evaluateTexts(
  trained: Trained,
  task: Task,
  writing: WritingSettings,
  examples: readonly Example[],
  onProgress: OnProgress,
): Promise<Evaluation | undefined> {
  const written = new Array<string>(examples.length).fill("");
  const batchSize = Math.max(1, Math.floor(largestBatch / (writing.beams?.count ?? 1)));
  const isDone = await inBatches(examples, batchSize, onProgress, async (batch, positions) => {
    const texts = await writeAnswers(trained, batch, writing);
    for (const [index, position] of positions.entries()) written[position] = texts[index] ?? "";
  });
  if (!isDone) return undefined;
  const references = examples.map(({ answer }) => answer?.references ?? []);
  const none = {
    predictions: new Int32Array(),
    labels: new Int32Array(),
    logLikelihoods: new Float32Array(),
  };
  const scores = textScoresOf(task.metrics, written, references);
  return { accuracy: sameTextShare(written, references), scores, ...none, written };
}

/** How each class's text scores, `[examples × classes]`: its log-likelihood, or that of a token of it. */
export async function rankClasses(
  { backbone, method, parameters }: Trained,
  examples: readonly Example[],
  { classes, score = "sum" }: Pick<Task, "classes" | "score">,
): Promise<Float32Array> {
  const input = inputBatch(examples, backbone.padId);
  const embeddings = embeddingsOf(backbone, method, parameters, input); // [batch, prompt + rows, width]
  const inside = insideOf(method, parameters);
  const texts = classes.map(({ ids }) => ids);
  const sums = await backbone.choiceLogLikelihoods(embeddings, input, texts, inside);
  embeddings.dispose();
  return scoreTexts(sums, classes, score);
}

/** What the backbone writes for each example. */
export async function writeAnswers(
  { backbone, method, parameters }: Trained,
  examples: readonly Example[],
  { maxTokens, beams }: WritingSettings,
): Promise<string[]> {
  if (!backbone.generate) throw new Error(`${backbone.identity.name} cannot write`);
  const input = inputBatch(examples, backbone.padId);
  const embeddings = embeddingsOf(backbone, method, parameters, input); // [batch, prompt + rows, width]
  const options = { maxNewTokens: maxTokens, stopId: backbone.endId, ...(beams ? { beams } : {}) };
  const texts = await backbone.generate(embeddings, input, options, insideOf(method, parameters));
  embeddings.dispose();
  return texts.map((ids) => backbone.tokenizer.decode(ids).trim());
}

/** Examples of similar length together. Answers whether all were worked on. */
async function inBatches(
  examples: readonly Example[],
  batchSize: number,
  onProgress: OnProgress,
  work: (batch: readonly Example[], positions: readonly number[]) => Promise<void>,
): Promise<boolean> {
  let done = 0;
  for (const positions of batchesByLength(examples, batchSize)) {
    await work(
      positions.flatMap((position) => examples[position] ?? []),
      positions,
    );
    done += positions.length;
    // The backends answer without ever yielding to the event loop, and so would a Ctrl-C never be heard.
    await setImmediate();
    if (!onProgress(done)) return false;
  }
  return true;
}
