// Trains a method's tensors on a task and leaves a folder with what was learned and how.

import { OperationalError } from "../operational-error.ts";
import { scriptOptions, type ScriptOptions } from "../options.ts";
import type { Initialiser } from "../prompts/initialisers.ts";
import { summaryOf } from "../report/summary.ts";
import { measure } from "./measure.ts";
import { copyValues, restoreValues } from "./parameters.ts";
import { endingBy, train } from "./train.ts";
import { closeRun, prepareRun } from "./prepare.ts";
import { keptSnapshot } from "./record-run.ts";
import { findUnfinished, finishedRun } from "./resume.ts";
import type { AnySettings, Run, Surroundings } from "./run.ts";
import type { Ending, RunRecord } from "./run-record.ts";
import { saveRun } from "./save.ts";
import type { FitSettings } from "./settings.ts";
import { evaluateAdapter, predictRows } from "./use-adapter.ts";
import { exitCodeOf } from "./stop-signal.ts";

/**
 * Trains, measures the test rows with the first values and with those that did best on the validation rows, and writes
 * the run's folder. Ctrl-C finishes the step, saves what was learned and exits with 130. Throws an OperationalError
 * when the folder cannot be written to, and when the loss or a gradient is no longer finite or the device gives up.
 */
export async function fit<
  const Parameters extends Readonly<Record<string, Initialiser>>,
  const Constants extends Readonly<Record<string, Initialiser>> = Record<never, Initialiser>,
>(settings: FitSettings<Parameters, Constants>): Promise<RunRecord> {
  const { runs, steps, resume, ...instead } = scriptOptions();
  await useInstead(settings as unknown as AnySettings, instead);
  const surroundings = { runs, steps, resume, out: process.stdout, log: process.stderr };
  if (resume) leaveWhenFinished(settings, surroundings);
  const record = await runFit(settings, surroundings);
  if (record.ending.kind === "interrupted") process.exit(exitCodeOf(record.ending.signal));
  return record;
}

/** Evaluates or predicts where that was asked for, and leaves. */
async function useInstead(
  settings: AnySettings,
  { evaluate, split, predict }: Pick<ScriptOptions, "evaluate" | "split" | "predict">,
): Promise<void> {
  if (evaluate === undefined && predict === undefined) return;
  const write = (line: string) => process.stdout.write(line);
  if (evaluate !== undefined) {
    const found = await evaluateAdapter(settings, evaluate, split);
    write(`${JSON.stringify(found)}\n`);
  } else if (predict !== undefined) await predictRows(settings, predict, process.stdin, write);
  // What was written to a pipe is delivered before the process ends.
  await new Promise((resolve) => process.stdout.write("", resolve));
  process.exit(0);
}

/** Asked to go on with a plan whose latest run has come to its end, there is nothing to do: so a family can be resumed as one. */
function leaveWhenFinished(
  settings: Pick<AnySettings, "name" | "spec" | "steps">,
  where: Surroundings,
): void {
  const say = (line: string) => where.log.write(`${line}\n`);
  if (findUnfinished(settings, where, say)) return;
  const finished = finishedRun(settings, { ...where, steps: where.steps ?? settings.steps });
  if (!finished) return;
  say(`  ${finished.path} has finished; there is nothing to resume`);
  process.exit(0);
}

/** `fit`, told where it runs. An interrupted run is returned like any other. */
export async function runFit<
  const Parameters extends Readonly<Record<string, Initialiser>>,
  const Constants extends Readonly<Record<string, Initialiser>> = Record<never, Initialiser>,
>(settings: FitSettings<Parameters, Constants>, surroundings: Surroundings): Promise<RunRecord> {
  // The loop handles tensors by name; that the names and ranks are those of the method, the script's types have proved.
  const run = await prepareRun(settings as unknown as AnySettings, surroundings);
  try {
    const ending = await testBoth(run, await train(run));
    const record = await saveRun(run, ending);
    run.progress.clear();
    surroundings.out.write(`${summaryOf(record, run.folder)}\n`);
    if (ending.kind === "failed") throw new OperationalError(failureOf(record, run));
    return record;
  } finally {
    closeRun(run);
  }
}

/**
 * The test rows with the first values, and with those the adapter holds. A signal that comes now ends the run like one
 * during training.
 */
async function testBoth(run: Run, ending: Ending): Promise<Ending> {
  if (ending.kind !== "finished") return ending;
  const { history, stop } = run;
  try {
    if (history.before === undefined) await testBefore(run);
    restoreValues(run.parameters, keptSnapshot(run, ending).values);
    if (stop.requested === undefined) history.after = await measure(run, "test");
  } catch (error) {
    return endingBy(error);
  }
  const { requested } = stop;
  return requested === undefined ? ending : { kind: "interrupted", signal: requested };
}

async function testBefore(run: Run): Promise<void> {
  const { parameters, history, first } = run;
  const latest = copyValues(parameters);
  restoreValues(parameters, first);
  const before = await measure(run, "test", 0);
  history.before = before?.accuracy;
  history.scoresBefore = before?.scores;
  restoreValues(parameters, latest);
}

function failureOf({ ending, kept, steps }: RunRecord, { folder }: Run): string {
  const reason = ending.kind === "failed" ? ending.reason : "";
  const isOfDevice = ending.kind === "failed" && ending.cause === "device";
  return (
    `training stopped after step ${steps.length}: ${reason}\n` +
    `the tensors of step ${kept.step} (${kept.because}) are in ${folder.adapter}` +
    (isOfDevice ? "" : "; try lower learning rates")
  );
}
