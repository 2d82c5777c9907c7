// The backbone's weights in a report: one row for each kind instead of one for each block.

import type { TensorRecord } from "../train/run-record.ts";

/** The tensors as the method declares them: weights that are the places of one tensor as one, the place as its first axis. */
export function byPlace(tensors: readonly TensorRecord[]): readonly TensorRecord[] {
  const declared = new Map<string, TensorRecord[]>();
  for (const each of tensors) {
    const name = each.tensor ?? each.name;
    declared.set(name, [...(declared.get(name) ?? []), each]);
  }
  return [...declared].flatMap(([name, members]): TensorRecord[] => {
    const [first] = members;
    return first?.tensor === undefined
      ? members
      : [{ ...first, name, shape: [members.length, ...first.shape] }];
  });
}
