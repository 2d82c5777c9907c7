// The training loop: the test rows before, then steps with a look at the validation rows now and then.

import { setImmediate } from "node:timers/promises";
import { DeviceError } from "../backends/device-error.ts";
import { inputBatch, targetBatch } from "../data/batches.ts";
import { clock, compact, percent } from "../report/numbers.ts";
import { measure } from "./measure.ts";
import { copyValues } from "./parameters.ts";
import type { Run } from "./prepare.ts";
import { appendMetrics } from "./run-folder.ts";
import type { Ending, StepRecord } from "./run-record.ts";
import { saveSoFar } from "./save.ts";
import { rateMultiplier } from "./schedules.ts";
import { assertFinite, lossAndGradients, NotFinite, update } from "./step.ts";

/** Trains until the steps are done, a signal asks to stop, a number is no longer finite, or the device gives up. */
export async function train(run: Run): Promise<Ending> {
  const { history, stop, settings } = run;
  await measureBefore(run);
  try {
    while (history.steps.length < run.steps && stop.requested === undefined) {
      const { step } = await trainOne(run);
      // The backends answer without ever yielding to the event loop, and so would a Ctrl-C never be heard.
      await setImmediate();
      if (step % settings.evaluateEvery === 0 || step === run.steps) await validate(run);
    }
  } catch (error) {
    return endingBy(error);
  }
  return stop.requested === undefined
    ? { kind: "finished" }
    : { kind: "interrupted", signal: stop.requested };
}

/** The ending of a run that the error stops, where what was learned is worth saving. Any other error is thrown again. */
export function endingBy(error: unknown): Ending {
  if (error instanceof NotFinite) return { kind: "failed", reason: error.message };
  if (error instanceof DeviceError) return { kind: "failed", reason: error.message, cause: "device" };
  throw error;
}

/** Test and validation accuracy with the tensors as they start. */
async function measureBefore(run: Run): Promise<void> {
  const { history, progress } = run;
  const test = await measure(run, "test");
  if (test === undefined) return;
  history.before = test.accuracy;
  const validation = await measure(run, "validation");
  if (validation === undefined) return;
  history.validations.push({ step: 0, accuracy: validation.accuracy });
  progress.say(`  before      validation ${percent(validation.accuracy)}   test ${percent(test.accuracy)}`);
}

/** One step and its line in the metrics. */
async function trainOne(run: Run): Promise<StepRecord> {
  const { settings, method, parameters, history } = run;
  const { backbone, task, optimizer, schedule, clip, batch } = settings;
  const done = history.steps.length;
  const started = performance.now();
  const examples = run.examplesOf(done);
  const input = inputBatch(examples, backbone.padId);
  const targets = targetBatch(examples, task.classes);

  const found = await lossAndGradients(backbone, method, parameters, input, targets);
  assertFinite(found, parameters, done + 1);
  history.lastGood = { step: done, values: copyValues(parameters) };
  const multiplier = rateMultiplier(schedule, done, run.steps);
  const gradientNorm = update(parameters, found.gradients, optimizer, multiplier, clip);

  const seconds = (performance.now() - started) / 1000;
  const learningRates = Object.fromEntries(
    Object.entries(settings.groups).map(([name, { learningRate }]) => [name, learningRate * multiplier]),
  );
  const examplesPerSecond = Number((batch / seconds).toPrecision(4));
  const record = { step: done + 1, loss: found.loss, gradientNorm, learningRates, examplesPerSecond };
  history.steps.push(record);
  appendMetrics(run.folder, record);
  run.pace.stepTook(seconds, found.loss);
  showStep(run);
  return record;
}

function showStep({ settings, steps, pace, progress, history }: Run): void {
  const done = history.steps.length;
  const { task, evaluateEvery, batch } = settings;
  const validations = Math.ceil(steps / evaluateEvery) - Math.floor(done / evaluateEvery);
  const rows = validations * task.validation.length + task.test.length;
  const details = [
    `loss ${compact(pace.loss)}`,
    `${clock(pace.timeLeft({ steps: steps - done, rows }))} left`,
    `${Math.round(batch / pace.secondsPerStep)} examples/s`,
  ];
  progress.step({ label: "training", done, total: steps, details });
}

/** Validation accuracy as the run stands; the values are kept when they are the best since training began. */
async function validate(run: Run): Promise<void> {
  const { history, parameters, progress, pace } = run;
  const step = history.steps.length;
  const evaluation = await measure(run, "validation");
  if (evaluation === undefined) return;
  const { accuracy } = evaluation;
  history.validations.push({ step, accuracy });
  progress.say(
    `  step ${String(step).padEnd(6)} validation ${percent(accuracy)}   loss ${compact(pace.loss)}`,
  );
  if (accuracy > (history.best?.accuracy ?? -1)) {
    history.best = { step, accuracy, values: copyValues(parameters) };
    saveSoFar(run);
  }
}
