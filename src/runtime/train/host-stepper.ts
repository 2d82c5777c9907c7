// Steps whose gradients are read, and whose tensors are moved by the optimizer in JavaScript.

import { gradientsOf } from "./accumulate.ts";
import { groupStepsOf } from "./group-steps.ts";
import { copyValues } from "./parameters.ts";
import type { Run } from "./run.ts";
import { rateMultiplier } from "./schedules.ts";
import { assertFinite, assertFiniteValues, update } from "./step.ts";
import type { NoteStep, Stepper } from "./step-outcome.ts";

/** Every step is finished when `begin` answers. */
export function hostStepper(run: Run, note: NoteStep): Stepper {
  const { settings, parameters, history } = run;
  const { optimizer, schedule, clip } = settings;
  return {
    inFlight: 0,
    async begin() {
      const started = performance.now();
      const done = history.steps.length;
      const found = await gradientsOf(run, run.examplesOf(done));
      assertFinite(found, parameters, done + 1);
      history.lastGood = { step: done, values: copyValues(parameters) };
      const multiplier = rateMultiplier(schedule, done, run.steps);
      const own = groupStepsOf(settings, done, run.steps);
      const gradientNorm = update(parameters, found.gradients, optimizer, multiplier, clip, own);
      assertFiniteValues(parameters, done + 1);
      note({ loss: found.loss, gradientNorm, seconds: (performance.now() - started) / 1000 });
    },
    async settle() {},
    dispose() {},
  };
}
