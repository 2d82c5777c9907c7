// The gradient of a step, from as many batches as it has.

import { inputBatch, targetBatch } from "../data/batches.ts";
import type { Example } from "../data/load-task.ts";
import type { TargetBatch } from "../models/backbone.ts";
import type { Run } from "./run.ts";
import { isOnProcessor, partsOfSimilarLength } from "./similar-lengths.ts";
import { lossAndGradients, type Gradients } from "./step.ts";

/**
 * Loss and gradients over all `examples`, at most `batch` of them at a time: the mean over the target tokens of all batches, each
 * token counting the same, as if one batch held them all.
 */
export async function gradientsOf(
  { settings, method, parameters }: Pick<Run, "settings" | "method" | "parameters">,
  examples: readonly Example[],
): Promise<Gradients> {
  const { backbone, task, batch, memory } = settings;
  const found: { readonly tokens: number; readonly gradients: Gradients }[] = [];
  for (const part of partsOf(examples, batch, backbone.identity.parameters)) {
    const targets = targetBatch(part, task.classes);
    const input = inputBatch(part, backbone.padId);
    const gradients = await lossAndGradients(backbone, method, parameters, input, targets, memory);
    found.push({ tokens: tokensOf(targets), gradients });
  }
  const [only, another] = found;
  if (only && !another) return only.gradients;
  const all = found.reduce((sum, { tokens }) => sum + tokens, 0);
  const sums = parameters.map(({ values }) => new Float32Array(values.length));
  let loss = 0;
  for (const { tokens, gradients } of found) {
    loss += (gradients.loss * tokens) / all;
    for (const [index, sum] of sums.entries())
      gradients.gradients[index]?.forEach((entry, i) => (sum[i] = (sum[i] ?? 0) + (entry * tokens) / all));
  }
  return { loss, gradients: sums };
}

/** Target tokens of a batch: what its loss is a mean over. */
export function tokensOf({ ids }: TargetBatch): number {
  return ids.filter((id) => id >= 0).length;
}

/** What the backbone reads at once: batches, and on a processor their parts of similar lengths. */
export function partsOf(
  examples: readonly Example[],
  batch: number,
  parameters: number,
): readonly (readonly Example[])[] {
  const batches = Array.from({ length: Math.ceil(examples.length / batch) }, (_, index) =>
    examples.slice(index * batch, (index + 1) * batch),
  );
  return isOnProcessor() ? batches.flatMap((each) => partsOfSimilarLength(each, parameters)) : batches;
}
