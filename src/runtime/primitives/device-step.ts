// A training step's second half where its tensors are: norm, clip and AdamW, on the backends that bring programs for them.

import { tf, type Tensor } from "../backends/tensorflow.ts";

/** A tensor that learns. All four are of its shape, and the steps change them in place. */
export interface LearningTensor {
  readonly values: Tensor;
  /** AdamW's moments. */
  readonly first: Tensor;
  readonly second: Tensor;
  /** The values before the latest step that moved them. */
  readonly previous: Tensor;
  /** Which of the limits is over the norm that its gradient is part of. */
  readonly limit: number;
}

/** What stays the same for all steps. */
export interface DeviceStepPlan {
  readonly tensors: readonly LearningTensor[];
  /** Limits of norms, each over the gradients of the tensors that name it; Infinity where nothing is clipped. */
  readonly limits: readonly number[];
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** What one step has of its own. */
export interface StepGiven {
  /** `[1]`. */
  readonly loss: Tensor;
  /** In the order of the tensors. */
  readonly gradients: readonly Tensor[];
  /** For every tensor its rate, 1 − β₁ᵗ, 1 − β₂ᵗ and λ, `[tensors × 4]`. */
  readonly rates: Float32Array;
}

/** Why a step is the first that is not what it should be; `tensor` counts them. */
export type StepFailure =
  | { readonly kind: "loss" | "norm" | "values" }
  /** `strange`: an entry that is infinite or not a number. */
  | { readonly kind: "gradient"; readonly tensor: number; readonly strange: number };

/** What the host learns of a step. */
export interface StepReport {
  readonly loss: number;
  /** Of all gradients together, before clipping. */
  readonly norm: number;
  readonly failure: StepFailure | undefined;
}

/**
 * Steps in order, each encoded and not waited for. One whose loss, gradients or norm are not finite moves nothing, nor does any
 * after it, nor any after one that left values that are not finite: then `previous` has those before it.
 */
export interface DeviceStep {
  /** Adds each of `rows`, `[ids.length × width]`, to the row of `gradient` that its id names, in place; a negative id names none. */
  addRows(gradient: Tensor, ids: Int32Array, rows: Tensor): void;
  /** Encodes one step and answers its report, `[5]`, for `read`; the caller disposes it. */
  take(given: StepGiven): Tensor;
  /** Comes once the device has taken the step. */
  read(report: Tensor): Promise<StepReport>;
  dispose(): void;
}

export type StartDeviceStep = (plan: DeviceStepPlan) => DeviceStep;

const starts = new Map<string, StartDeviceStep>();

/** How the running backend takes steps of its own, if it does. */
export function deviceStepHere(): StartDeviceStep | undefined {
  return starts.get(tf.getBackend());
}

/** From now on the backend of that name has it; without one, its steps are taken by the host again. */
export function setDeviceStep(backendName: string, start: StartDeviceStep | undefined): void {
  if (start) starts.set(backendName, start);
  else starts.delete(backendName);
}
