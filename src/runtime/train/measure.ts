// Accuracy of a run as it stands, on its validation or test rows.

import type { Split } from "../data/load-task.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import type { Run } from "./run.ts";
import { appendMetrics } from "./run-folder.ts";

/** Scores all rows of a split and notes the accuracy in the metrics. No result when the run was asked to stop meanwhile. */
export async function measure(run: Run, split: Split): Promise<Evaluation | undefined> {
  const { settings, method, parameters, progress, pace, stop, history } = run;
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
  pace.rowsTook(secondsSoFar(), examples.length);
  const { accuracy, scores } = evaluation;
  appendMetrics(run, {
    step: history.steps.length,
    split,
    rows: examples.length,
    accuracy,
    ...scores,
  });
  return evaluation;
}
