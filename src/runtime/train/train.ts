// The training loop: the validation rows before, then steps with a look at the validation rows now and then.

import { setImmediate } from "node:timers/promises";
import { DeviceError } from "../backends/device-error.ts";
import { decisive } from "../data/metrics/metric.ts";
import { clock, compact } from "../report/numbers.ts";
import { scoreText } from "../report/score-text.ts";
import { groupStepsOf } from "./group-steps.ts";
import { measure } from "./measure.ts";
import { copyValues } from "./parameters.ts";
import type { Run } from "./run.ts";
import { appendMetrics } from "./run-folder.ts";
import type { Ending } from "./run-record.ts";
import { saveCheckpoint } from "./resume.ts";
import { saveSoFar } from "./save.ts";
import { NotFinite } from "./step.ts";
import type { StepOutcome, Stepper } from "./step-outcome.ts";
import { startStepper } from "./stepper.ts";

/** A run that is killed loses no more than this, however far apart its validations are. */
const mostSecondsUnsaved = 60;

/** Trains until the steps are done, a signal asks to stop, a number is no longer finite, or the device gives up. */
export async function train(run: Run): Promise<Ending> {
  let stepper: Stepper | undefined;
  try {
    if (run.history.steps.length === 0) await measureBefore(run);
    stepper = startStepper(run, (outcome) => noteStep(run, outcome));
    return await takeSteps(run, stepper);
  } catch (error) {
    return endingBy(error);
  } finally {
    stepper?.dispose();
  }
}

/** Whenever something is done with the values, no step is in flight. */
async function takeSteps(run: Run, stepper: Stepper): Promise<Ending> {
  const { history, stop, settings } = run;
  while (stop.requested === undefined) {
    const begun = history.steps.length + stepper.inFlight;
    if (isValidationDue(run, begun)) {
      await stepper.settle();
      await validate(run);
    }
    if (begun >= run.steps || stop.requested !== undefined) break;
    if (isPatienceSpent(run)) return { kind: "finished", patience: settings.patience ?? 0 };
    await stepper.begin();
    // The backends answer without ever yielding to the event loop, and so would a Ctrl-C never be heard.
    await setImmediate();
    if (run.sinceCheckpoint() > mostSecondsUnsaved) {
      await stepper.settle();
      saveCheckpoint(run);
    }
  }
  await stepper.settle();
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
function isValidationDue({ history, settings, steps }: Run, done: number): boolean {
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

/** The line of a step in the metrics. */
function noteStep(run: Run, { loss, gradientNorm, seconds }: StepOutcome): void {
  const { settings, history } = run;
  const { batch, accumulate = 1 } = settings;
  const done = history.steps.length;
  const own = groupStepsOf(settings, done, run.steps);
  const learningRates = Object.fromEntries(
    Object.entries(settings.groups).map(([name, { learningRate }]) => [
      name,
      learningRate * (own[name]?.multiplier ?? 1),
    ]),
  );
  const examplesPerSecond = Number(((batch * accumulate) / seconds).toPrecision(4));
  const record = { step: done + 1, loss, gradientNorm, learningRates, examplesPerSecond };
  history.steps.push(record);
  appendMetrics(run, record);
  run.pace.stepTook(seconds, loss);
  showStep(run);
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
