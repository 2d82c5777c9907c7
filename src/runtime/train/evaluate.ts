// Accuracy on rows the training never sees: the class whose text the backbone finds likeliest.

import { setImmediate } from "node:timers/promises";
import { accuracyOf, argmaxRows } from "../data/accuracy.ts";
import { batchesByLength, inputBatch } from "../data/batches.ts";
import { scoreTexts } from "../data/choice.ts";
import type { Example, Task, TextBackbone } from "../data/load-task.ts";
import { scoresOf, type Scores } from "../data/metrics/metric.ts";
import type { Parameter } from "./parameters.ts";
import { embeddingsOf, insideOf, type Method } from "./step.ts";

export interface Evaluation {
  /** From 0 to 1. */
  readonly accuracy: number;
  /** Of the task's metrics, in their order. */
  readonly scores: Scores;
  /** Classes, in the order of the examples. */
  readonly predictions: Int32Array;
  readonly labels: Int32Array;
  /** Log-likelihood of each class's text, `[examples × classes]`; per token where the task scores by the mean. */
  readonly logLikelihoods: Float32Array;
}

/** Examples scored at once. Nothing is kept for a backward pass, so it may be more than a training batch. */
const largestBatch = 50;

/** Every example is decoded once for each class; this bounds the two together. */
const mostTexts = 400;

/**
 * Scores every example. `onProgress` hears how many are done after each batch and answers whether to go on; when it
 * says no, there is no result.
 */
export async function evaluate(
  backbone: TextBackbone,
  method: Method,
  parameters: readonly Parameter[],
  task: Task,
  examples: readonly Example[],
  onProgress: (done: number) => boolean = () => true,
): Promise<Evaluation | undefined> {
  const classes = task.classes.map(({ ids }) => ids);
  const logLikelihoods = new Float32Array(examples.length * classes.length);
  const batchSize = Math.max(1, Math.min(largestBatch, Math.floor(mostTexts / classes.length)));
  const inside = insideOf(method, parameters);
  let done = 0;
  for (const positions of batchesByLength(examples, batchSize)) {
    const input = inputBatch(
      positions.flatMap((position) => examples[position] ?? []),
      backbone.padId,
    );
    const embeddings = embeddingsOf(backbone, method, parameters, input); // [batch, prompt + rows, width]
    const sums = await backbone.choiceLogLikelihoods(embeddings, input, classes, inside);
    embeddings.dispose();
    const scores = scoreTexts(sums, task.classes, task.score ?? "sum"); // [batch × classes]
    for (const [index, position] of positions.entries()) {
      const row = scores.subarray(index * classes.length, (index + 1) * classes.length);
      logLikelihoods.set(row, position * classes.length);
    }
    done += positions.length;
    // The backends answer without ever yielding to the event loop, and so would a Ctrl-C never be heard.
    await setImmediate();
    if (!onProgress(done)) return undefined;
  }
  const labels = Int32Array.from(examples, ({ label }) => label);
  const predictions = argmaxRows(logLikelihoods, classes.length);
  const texts = task.classes.map(({ text }) => text);
  const scores = scoresOf(task.metrics, predictions, labels, texts);
  return { accuracy: accuracyOf(predictions, labels), scores, predictions, labels, logLikelihoods };
}
