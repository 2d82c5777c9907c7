// Accuracy of a run as it stands, on its validation or test rows.

import type { Split } from "../data/load-task.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import type { Run } from "./run.ts";
import { appendMetrics } from "./run-folder.ts";
import { largestValue, NotFinite } from "./step.ts";

/**
 * Scores all rows of a split with the values of `step` and notes the accuracy in the metrics. No result when the run was asked to
 * stop meanwhile.
 * Throws NotFinite where a score is no number: the first class would win, and might even look like the best so far.
 */
export async function measure(
  run: Run,
  split: Split,
  step = run.history.steps.length,
): Promise<Evaluation | undefined> {
  const { settings, method, parameters, progress, pace, stop } = run;
  const { backbone, task } = settings;
  const examples = task[split];
  const started = performance.now();
  const secondsSoFar = () => (performance.now() - started) / 1000;
  const evaluation = await evaluate(backbone, method, parameters, task, examples, (done) => {
    const details = [`${Math.round(done / secondsSoFar())} examples/s`];
    progress.draw({ label: split, done, total: examples.length, details });
    return stop.requested === undefined;
  });
  if (evaluation === undefined) return undefined;
  const strange = evaluation.logLikelihoods.find((each) => !Number.isFinite(each));
  if (strange !== undefined) {
    const place = `the ${split} rows after step ${step}`;
    throw new NotFinite(`the scores of ${place} hold ${strange}; ${largestValue(parameters)}`);
  }
  pace.rowsTook(secondsSoFar(), examples.length);
  const { accuracy, scores } = evaluation;
  appendMetrics(run, {
    step,
    split,
    rows: examples.length,
    accuracy,
    ...scores,
  });
  return evaluation;
}
