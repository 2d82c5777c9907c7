// A run on its way → what there is to say about it.

import { majorityOf } from "../data/accuracy.ts";
import { isOneOf } from "../data/metrics/metric.ts";
import { splits, type Example, type Split, type Task } from "../data/load-task.ts";
import { packageVersion } from "../stdlib.ts";
import { tf } from "../tf.ts";
import type { Evaluation } from "./evaluate.ts";
import type { Run, Snapshot } from "./run.ts";
import type { Parameter } from "./parameters.ts";
import type {
  Ending,
  Kept,
  Prediction,
  RunRecord,
  Settings,
  SplitRecord,
  TensorRecord,
} from "./run-record.ts";

/** The values the run's adapter holds: the best on validation, or the latest where none was measured. */
export function keptSnapshot({ history, parameters }: Run, ending: Ending): Snapshot & Kept {
  if (history.best) return { ...history.best, because: "best on validation" };
  if (ending.kind === "failed") return { ...history.lastGood, because: "latest" };
  const values = new Map(parameters.map((parameter) => [parameter.name, parameter.values]));
  return { step: history.steps.length, values, because: "latest" };
}

export function recordRun(run: Run, ending: Ending): RunRecord {
  const { settings, history, parameters, constants } = run;
  const { name, spec, backbone, task, trained } = settings;
  const { step, because } = keptSnapshot(run, ending);
  return {
    name,
    spec,
    startedAt: run.startedAt.toISOString(),
    seconds: run.seconds(),
    versions: { dept: packageVersion(), node: process.versions.node, tfjs: tf.version_core },
    backend: { name: run.backend.name, description: run.backend.description },
    backbone: backbone.identity,
    settings: settingsOf(run),
    tensors: parameters.map(recordTensor),
    constants: constants.map(({ name, shape, initialiser, redrawn }) => ({
      name,
      shape,
      initialiser,
      redrawn,
    })),
    trained,
    data: recordSplits(task),
    classes: task.classes.map(({ text }) => text),
    steps: history.steps,
    validations: history.validations,
    kept: { step, because },
    ending,
    before: history.before,
    scoresBefore: history.scoresBefore,
    after: history.after,
    predictions: history.after ? predictionsOf(history.after, task) : [],
  };
}

function recordTensor(parameter: Parameter): TensorRecord {
  const { name, tensor, shape, group, learningRate, weightDecay, projection, initialiser } = parameter;
  return {
    name,
    ...(tensor === undefined ? {} : { tensor }),
    shape,
    group,
    learningRate,
    weightDecay,
    ...(projection ? { projection } : {}),
    initialiser,
  };
}

function settingsOf({ settings, steps }: Run): Settings {
  const { seed, batch, clip, evaluateEvery, optimizer, schedule, task } = settings;
  const { maxTokens, input } = task;
  const { accumulate, patience } = settings;
  const own = Object.entries(settings.groups).flatMap(([name, { schedule, clip }]) =>
    schedule || clip !== undefined
      ? [[name, { ...(schedule && { schedule }), ...(clip !== undefined && { clip }) }] as const]
      : [],
  );
  const more = {
    ...(accumulate === undefined ? {} : { accumulate }),
    ...(patience === undefined ? {} : { patience }),
    ...(own.length === 0 ? {} : { groups: Object.fromEntries(own) }),
  };
  return { seed, steps, batch, ...more, clip, evaluateEvery, optimizer, schedule, maxTokens, input };
}

function recordSplits(task: Task): Record<Split, SplitRecord> {
  const recordSplit = (split: Split): SplitRecord => {
    if (task.writing)
      return { source: task.sources[split], rows: task[split].length, majority: majorityAnswer(task[split]) };
    const labels = Int32Array.from(task[split], ({ label }: Example) => label);
    const { label, share } = majorityOf(labels, task.classes.length);
    const text = task.classes[label]?.text ?? "";
    return { source: task.sources[split], rows: labels.length, majority: { text, share } };
  };
  const [train, validation, test] = splits;
  return { train: recordSplit(train), validation: recordSplit(validation), test: recordSplit(test) };
}

/** The commonest first reference, and the share of examples it is right for. */
function majorityAnswer(examples: readonly Example[]): SplitRecord["majority"] {
  const counts = new Map<string, number>();
  for (const { answer } of examples) {
    const first = answer?.references[0] ?? "";
    counts.set(first, (counts.get(first) ?? 0) + 1);
  }
  const [text = ""] = [...counts].reduce((most, each) => (each[1] > most[1] ? each : most), ["", 0]);
  const right = examples.filter(({ answer }) => isOneOf(text, answer?.references ?? []));
  return { text, share: right.length / examples.length };
}

function predictionsOf(
  { predictions, labels, logLikelihoods, written }: Evaluation,
  task: Task,
): Prediction[] {
  if (written) {
    return task.test.map(({ text, answer }, row) => ({
      text,
      label: 0,
      predicted: 0,
      probabilities: [],
      written: { text: written[row] ?? "", references: answer?.references ?? [] },
    }));
  }
  const width = task.classes.length;
  return task.test.map(({ text }, row) => ({
    text,
    label: labels[row] ?? 0,
    predicted: predictions[row] ?? 0,
    probabilities: softmax(logLikelihoods.subarray(row * width, (row + 1) * width)),
  }));
}

function softmax(logs: Float32Array): number[] {
  const largest = Math.max(...logs);
  const weights = Array.from(logs, (log) => Math.exp(log - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
