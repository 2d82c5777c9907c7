// The training loop: the validation rows before, then steps with a look at the validation rows now and then.

import { setImmediate } from "node:timers/promises";
import { DeviceError } from "../backends/device-error.ts";
import { decisive } from "../data/metrics/metric.ts";
import { clock, compact } from "../report/numbers.ts";
import { scoreText } from "../report/score-text.ts";
import { gradientsOf } from "./accumulate.ts";
import { measure } from "./measure.ts";
import { copyValues } from "./parameters.ts";
import type { Run } from "./run.ts";
import { appendMetrics } from "./run-folder.ts";
import type { Ending, StepRecord } from "./run-record.ts";
import { saveCheckpoint } from "./resume.ts";
import { saveSoFar } from "./save.ts";
import { rateMultiplier } from "./schedules.ts";
import { assertFinite, assertFiniteValues, NotFinite, update } from "./step.ts";

/** A run that is killed loses no more than this, however far apart its validations are. */
const mostSecondsUnsaved = 60;

/** Trains until the steps are done, a signal asks to stop, a number is no longer finite, or the device gives up. */
export async function train(run: Run): Promise<Ending> {
  const { history, stop, settings } = run;
  try {
    if (history.steps.length === 0) await measureBefore(run);
    while (stop.requested === undefined) {
      if (isValidationDue(run)) await validate(run);
      if (history.steps.length >= run.steps || stop.requested !== undefined) break;
      if (isPatienceSpent(run)) return { kind: "finished", patience: settings.patience ?? 0 };
      await trainOne(run);
      // The backends answer without ever yielding to the event loop, and so would a Ctrl-C never be heard.
      await setImmediate();
      if (run.sinceCheckpoint() > mostSecondsUnsaved) saveCheckpoint(run);
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

/** A run that goes on may have stopped between a step and its validation, or just after both. */
function isValidationDue({ history, settings, steps }: Run): boolean {
  const done = history.steps.length;
  if (done === 0 || (history.validations.at(-1)?.step ?? 0) >= done) return false;
  return done % settings.evaluateEvery === 0 || done >= steps;
}

/** Whether the last `patience` evaluations since training began were no better than the best before them. */
function isPatienceSpent({ history, settings: { patience = Infinity } }: Run): boolean {
  const best = history.best?.step ?? Infinity;
  return history.validations.filter(({ step }) => step > best).length >= patience;
}

/** Validation accuracy with the tensors as they start. The test rows are scored at the end: nobody waits for them to see a step. */
async function measureBefore(run: Run): Promise<void> {
  const { history, progress } = run;
  if (history.validations.length > 0) return;
  const validation = await measure(run, "validation");
  if (validation === undefined) return;
  history.validations.push({ step: 0, accuracy: validation.accuracy, scores: validation.scores });
  saveCheckpoint(run);
  progress.say(`  before      validation ${scoreText(validation.scores)}`);
}

/** One step and its line in the metrics. */
async function trainOne(run: Run): Promise<StepRecord> {
  const { settings, parameters, history } = run;
  const { optimizer, schedule, clip, batch, accumulate = 1 } = settings;
  const done = history.steps.length;
  const started = performance.now();
  const examples = run.examplesOf(done);

  const found = await gradientsOf(run, examples);
  assertFinite(found, parameters, done + 1);
  history.lastGood = { step: done, values: copyValues(parameters) };
  const multiplier = rateMultiplier(schedule, done, run.steps);
  const own = Object.fromEntries(
    Object.entries(settings.groups).map(([name, group]) => [
      name,
      {
        multiplier: group.schedule ? rateMultiplier(group.schedule, done, run.steps) : multiplier,
        ...(group.clip === undefined ? {} : { clip: group.clip }),
      },
    ]),
  );
  const gradientNorm = update(parameters, found.gradients, optimizer, multiplier, clip, own);
  assertFiniteValues(parameters, done + 1);

  const seconds = (performance.now() - started) / 1000;
  const learningRates = Object.fromEntries(
    Object.entries(settings.groups).map(([name, { learningRate }]) => [
      name,
      learningRate * (own[name]?.multiplier ?? multiplier),
    ]),
  );
  const examplesPerSecond = Number(((batch * accumulate) / seconds).toPrecision(4));
  const record = { step: done + 1, loss: found.loss, gradientNorm, learningRates, examplesPerSecond };
  history.steps.push(record);
  appendMetrics(run, record);
  run.pace.stepTook(seconds, found.loss);
  showStep(run);
  return record;
}

function showStep({ settings, steps, pace, progress, history }: Run): void {
  const done = history.steps.length;
  const { task, evaluateEvery, batch } = settings;
  const validations = Math.ceil(steps / evaluateEvery) - Math.floor(done / evaluateEvery);
  const rows = validations * task.validation.length + 2 * task.test.length;
  const details = [
    `loss ${compact(pace.loss)}`,
    `${clock(pace.timeLeft({ steps: steps - done, rows }))} left`,
    `${Math.round((batch * (settings.accumulate ?? 1)) / pace.secondsPerStep)} examples/s`,
  ];
  progress.step({ label: "training", done, total: steps, details });
}

/** Validation accuracy as the run stands; the values are kept when they are the best since training began. */
async function validate(run: Run): Promise<void> {
  const { history, parameters, progress, pace } = run;
  const step = history.steps.length;
  const evaluation = await measure(run, "validation");
  if (evaluation === undefined) return;
  const { accuracy, scores } = evaluation;
  const { score } = decisive(scores);
  history.validations.push({ step, accuracy, scores });
  progress.say(
    `  step ${String(step).padEnd(6)} validation ${scoreText(scores)}   loss ${compact(pace.loss)}`,
  );
  if (score > (history.best?.score ?? -Infinity)) {
    history.best = { step, score, values: copyValues(parameters) };
    saveSoFar(run);
  }
  saveCheckpoint(run);
}
