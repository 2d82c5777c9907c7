// Full fine-tuning as std/methods has it, written out for any T5 of the fixtures.

import {
  trained,
  weightPlaces,
  type Inside,
  type WeightPlace,
  type Weights,
} from "../../src/runtime/models/inside.ts";
import type { NamedValues } from "../../src/runtime/models/backbone.ts";
import { pretrained, type Pretrained } from "../../src/runtime/prompts/initialisers.ts";
import type { Tensor } from "../../src/runtime/tf.ts";

interface WithWeights {
  weightsAt(place: WeightPlace): Promise<readonly NamedValues[]>;
}

/** Every place of the backbone that has weights, as tensors of those names. */
export async function allWeights(
  backbone: WithWeights,
): Promise<Readonly<Partial<Record<WeightPlace, Pretrained>>>> {
  const found = await Promise.all(
    weightPlaces.map(async (place) => {
      const weights = await backbone.weightsAt(place);
      const shape = [weights.length, ...(weights[0]?.shape ?? [])];
      return weights.length === 0 ? [] : [[place, pretrained(shape, place)] as const];
    }),
  );
  return Object.fromEntries(found.flat());
}

/** Each of them in its place. */
export function everyWeight(tensors: Readonly<Record<string, Tensor | Weights>>): Inside {
  const named = weightPlaces.filter((place) => tensors[place] !== undefined);
  return Object.fromEntries(named.map((place) => [place, trained(tensors[place] as Weights)]));
}
