// Steps that the device takes by itself: what comes of them is read while the next ones are being encoded.

import type {
  DeviceStep,
  LearningTensor,
  StartDeviceStep,
  StepFailure,
  StepReport,
} from "../primitives/device-step.ts";
import { tf, type Tensor } from "../tf.ts";
import type { AdamW } from "./adamw.ts";
import { deviceGradientsOf } from "./device-gradients.ts";
import { groupStepsOf } from "./group-steps.ts";
import { momentOf } from "./optimizer-state.ts";
import type { Parameter } from "./parameters.ts";
import type { Run } from "./run.ts";
import { assertFinite, assertFiniteValues, NotFinite, strangeGradient } from "./step.ts";
import type { NoteStep, Stepper } from "./step-outcome.ts";

/**
 * Steps that may be begun without knowing what came of the first of them. With two the device has the next one when it has finished one;
 * two more outlast a pause of the host. What a Ctrl-C or a loss that is no number waits for grows with every one.
 */
export const mostBehind = 4;

/** A step on its way. */
interface Begun {
  /** Steps before it. */
  readonly step: number;
  readonly arrival: Promise<unknown>;
  outcome?: { readonly report: StepReport } | { readonly error: unknown };
}

export function deviceStepper(run: Run, optimizer: AdamW, start: StartDeviceStep, note: NoteStep): Stepper {
  const { parameters, history } = run;
  const { settings } = optimizer;
  const { limits, limitOf } = limitsOf(run);
  const tensors = parameters.map((parameter) => putOnDevice(parameter, run, limitOf(parameter.group)));
  const device = start({ tensors, limits, ...settings });
  const begun: Begun[] = [];
  let since = 0; // when the outcomes came that were noted last, or when the first step after a pause was begun
  let isMoved = false;

  /** Notes the outcomes that have come. Steps that came together share the time since the last ones. */
  const collect = async () => {
    const awaited = begun.findIndex(({ outcome }) => outcome === undefined);
    const come = begun.splice(0, awaited < 0 ? begun.length : awaited);
    if (come.length === 0) return;
    const seconds = (performance.now() - since) / 1000 / come.length;
    since = performance.now();
    for (const { step, outcome } of come) {
      if (outcome === undefined) continue;
      if ("error" in outcome) throw outcome.error;
      const { loss, norm, failure } = outcome.report;
      if (failure) {
        begun.length = 0;
        await readBack(tensors, run, Math.max(0, failure.kind === "values" ? step : step - 1));
        throw reasonOf(failure, loss, step + 1, parameters);
      }
      note({ loss, gradientNorm: norm, seconds });
    }
  };

  return {
    get inFlight() {
      return begun.length;
    },
    async begin() {
      const step = history.steps.length + begun.length;
      if (begun.length === 0) since = performance.now();
      const { loss, gradients } = deviceGradientsOf(run, run.examplesOf(step), device.addRows);
      const report = device.take({ loss, gradients, rates: ratesOf(run, settings, step) });
      tf.dispose([loss, ...gradients]);
      begun.push(onItsWay(step, report, device));
      isMoved = true;
      if (begun.length > mostBehind) await begun[0]?.arrival;
      await collect();
    },
    async settle() {
      while (begun.length > 0) {
        await begun[0]?.arrival;
        await collect();
      }
      if (isMoved) await readBack(tensors, run, history.steps.length - 1);
      isMoved = false;
    },
    dispose() {
      device.dispose();
      for (const { first, second, previous } of tensors) tf.dispose([first, second, previous]);
    },
  };
}

function onItsWay(step: number, report: Tensor, device: DeviceStep): Begun {
  const arrival = device
    .read(report)
    .then(
      (read) => (one.outcome = { report: read }),
      (error: unknown) => (one.outcome = { error }),
    )
    .finally(() => report.dispose());
  const one: Begun = { step, arrival };
  return one;
}

/** The run's limit first, then those of groups that have their own. */
function limitsOf({ settings: { clip, groups } }: Run) {
  const own = Object.entries(groups).filter(([, group]) => group.clip !== undefined);
  return {
    limits: [clip, ...own.map(([, group]) => group.clip)].map((limit) => limit ?? Infinity),
    limitOf: (group: string) => own.findIndex(([name]) => name === group) + 1,
  };
}

function putOnDevice(parameter: Parameter, { history }: Run, limit: number): LearningTensor {
  const { name, values, state, variable } = parameter;
  const copy = (numbers: Float32Array) => tf.tensor(numbers.slice(), variable.shape);
  return {
    values: variable,
    first: copy(momentOf(state, "first")),
    second: copy(momentOf(state, "second")),
    previous: copy(history.lastGood.values.get(name) ?? values),
    limit,
  };
}

/** For every tensor its rate, 1 − β₁ᵗ, 1 − β₂ᵗ and λ in the step after `step`; the tensor's own count of steps goes up. */
function ratesOf({ settings, parameters, steps }: Run, { beta1, beta2 }: AdamW["settings"], step: number) {
  const own = groupStepsOf(settings, step, steps);
  return Float32Array.from(
    parameters.flatMap(({ group, learningRate, weightDecay, state }) => {
      state.steps++;
      const rate = learningRate * (own[group]?.multiplier ?? 1);
      return [rate, 1 - beta1 ** state.steps, 1 - beta2 ** state.steps, weightDecay];
    }),
  );
}

/** Brings values, moments and the last good values, those after `lastGood` steps, to the host. One tensor after the other: each is copied on the way. */
async function readBack(
  tensors: readonly LearningTensor[],
  { parameters, history }: Run,
  lastGood: number,
): Promise<void> {
  const before = new Map<string, Float32Array>();
  for (const [index, { name, values, state }] of parameters.entries()) {
    const tensor = tensors[index];
    if (!tensor) continue;
    const read = [tensor.values, tensor.first, tensor.second, tensor.previous].map((each) =>
      each.data<"float32">(),
    );
    const [latest, first, second, previous] = await Promise.all(read);
    values.set(latest ?? values);
    momentOf(state, "first").set(first ?? []);
    momentOf(state, "second").set(second ?? []);
    before.set(name, (previous ?? values).slice());
  }
  history.lastGood = { step: lastGood, values: before };
}

/** What to say of step `step`, counted from 1, once the host has the values that made it. */
function reasonOf(
  failure: StepFailure,
  loss: number,
  step: number,
  parameters: readonly Parameter[],
): unknown {
  try {
    if (failure.kind === "loss") assertFinite({ loss, gradients: [] }, parameters, step);
    if (failure.kind === "values") assertFiniteValues(parameters, step);
  } catch (error) {
    return error;
  }
  if (failure.kind === "gradient")
    return new NotFinite(strangeGradient(parameters[failure.tensor]?.name ?? "", step, failure.strange));
  return new NotFinite(`the norm of all gradients in step ${step} is beyond 32 bits`);
}
