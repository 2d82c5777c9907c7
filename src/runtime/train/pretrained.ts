// The backbone's own weights where a method trains them: read before anything is made, and cut into one tensor for each place.

import type { TextBackbone } from "../data/load-task.ts";
import type { NamedValues } from "../models/backbone.ts";
import type { Weight, WeightPlace, Weights } from "../models/inside.ts";
import { OperationalError } from "../operational-error.ts";
import type { Initialiser, Pretrained } from "../prompts/initialisers.ts";
import type { Tensor } from "../tf.ts";

/** Weights by place, as they were pretrained. */
export type PretrainedWeights = ReadonlyMap<WeightPlace, readonly NamedValues[]>;

/** The weights that some of the initialisers ask for. Throws an OperationalError for a backbone whose weights cannot be trained. */
export async function readPretrained(
  initialisers: Readonly<Record<string, Initialiser>>,
  backbone: TextBackbone,
): Promise<PretrainedWeights> {
  const places = Object.values(initialisers).flatMap((each) =>
    each.kind === "pretrained" ? each.place : [],
  );
  const read = places.map(async (place) => {
    if (backbone.weightsAt) return [place, await backbone.weightsAt(place)] as const;
    const { name, architecture } = backbone.identity;
    throw new OperationalError(
      `${name}: the weights of ${architecture} cannot be trained yet; take a T5, or a method whose tensors are its own`,
    );
  });
  return new Map(await Promise.all(read));
}

/** The weights of one initialiser, in the order of the places. Throws an OperationalError when they do not have its shape. */
export function weightsOf(
  tensor: string,
  { place, shape }: Pretrained,
  weights: PretrainedWeights,
): readonly NamedValues[] {
  const [count, ...sizes] = shape;
  const found = weights.get(place) ?? [];
  const stranger = found.find((each) => each.shape.join() !== sizes.join());
  if (found.length === count && !stranger) return found;
  const has = stranger
    ? `${stranger.name} is [${stranger.shape.join(", ")}]`
    : `the backbone has ${found.length} of them`;
  throw new OperationalError(`${tensor} was planned as [${shape.join(", ")}], but ${has}`);
}

/** A parameter; `tensor` where it is a weight of the backbone. */
interface Learning {
  readonly name: string;
  readonly tensor?: string;
  readonly values: Float32Array;
  readonly variable: Tensor;
}

/** The parameters that are weights, by the tensor of the method that they are the places of. */
export function weightsByTensor(parameters: readonly Learning[]): Readonly<Record<string, Weights>> {
  const found: Record<string, Weight[]> = {};
  for (const { name, tensor, values, variable } of parameters)
    if (tensor !== undefined) (found[tensor] ??= []).push({ name, tensor: variable, values });
  return found;
}
