// Who takes the steps of a run: the host, or the device where it can.

import { deviceStepHere } from "../primitives/device-step.ts";
import { deviceStepper } from "./device-stepper.ts";
import { hostStepper } from "./host-stepper.ts";
import type { Run } from "./run.ts";
import type { NoteStep, Stepper } from "./step-outcome.ts";

/**
 * Decided once, before the first step: the device, where the backend has programs for it and they compute all that the run asks
 * for; they know AdamW and no projections. Hands every outcome to `note`, in order.
 */
export function startStepper(run: Run, note: NoteStep): Stepper {
  const start = deviceStepHere();
  const { optimizer } = run.settings;
  const isProjected = run.parameters.some(({ projection }) => projection !== undefined);
  if (!start || optimizer.name !== "adamW" || isProjected) return hostStepper(run, note);
  return deviceStepper(run, optimizer, start, note);
}
