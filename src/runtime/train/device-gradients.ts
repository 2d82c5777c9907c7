// The gradient of a step that stays on the device, from as many batches as it has.

import { inputBatch, targetBatch } from "../data/batches.ts";
import type { Example } from "../data/load-task.ts";
import type { DeviceStep } from "../primitives/device-step.ts";
import { tf, type Tensor } from "../tf.ts";
import { partsOf, tokensOf } from "./accumulate.ts";
import type { Run } from "./run.ts";
import { gradientTensors, type GradientTensors } from "./step.ts";

/** What was found, all of it the caller's. */
export interface DeviceGradients {
  /** `[1]`. */
  readonly loss: Tensor;
  /** In the order of the parameters. */
  readonly gradients: readonly Tensor[];
}

type Settled = Pick<Run, "settings" | "method" | "parameters">;

/** As `gradientsOf`: the mean over the target tokens of all batches. */
export function deviceGradientsOf(
  { settings, method, parameters }: Settled,
  examples: readonly Example[],
  addRows: DeviceStep["addRows"],
): DeviceGradients {
  const { backbone, task, batch, memory } = settings;
  const parts = partsOf(examples, batch, backbone.identity.parameters).map((part) => ({
    input: inputBatch(part, backbone.padId),
    targets: targetBatch(part, task.classes),
  }));
  const all = parts.reduce((sum, { targets }) => sum + tokensOf(targets), 0);
  let sums: readonly Tensor[] | undefined;
  for (const { input, targets } of parts) {
    const made = gradientTensors(backbone, method, parameters, input, targets, memory);
    const share = parts.length === 1 ? undefined : tokensOf(targets) / all;
    const found = tf.tidy(() => {
      const own = [made.loss, ...wholeGradients(made, parameters, addRows)];
      return own.map((tensor, index) => added(sums?.[index], tensor, share));
    });
    made.dispose();
    if (sums) tf.dispose([...sums]);
    sums = found;
  }
  const [loss, ...gradients] = sums ?? [];
  if (!loss) throw new Error("a step has no examples");
  return { loss, gradients };
}

/** `sum` and the tensor's share of a step, or the tensor where it is all there is. */
function added(sum: Tensor | undefined, tensor: Tensor, share: number | undefined): Tensor {
  if (share === undefined) return tensor.clone();
  const own = tf.mul(tensor, share);
  return sum ? tf.add(sum, own) : own;
}

function wholeGradients(
  { whole, byRow }: GradientTensors,
  parameters: Settled["parameters"],
  addRows: DeviceStep["addRows"],
): readonly Tensor[] {
  return parameters.map(({ name, variable }) => {
    const parts = byRow.filter(({ tensor }) => tensor === variable);
    const found = whole.get(variable);
    if (!found && parts.length === 0) throw new Error(`tensor ${name} has no gradient`);
    const gradient = found ?? tf.fill(variable.shape, 0);
    for (const { ids, rows } of parts) addRows(gradient, ids, rows);
    return gradient;
  });
}
