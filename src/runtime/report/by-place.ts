// The backbone's weights in a report: one row for each kind instead of one for each block.

import type { TensorRecord } from "../train/run-record.ts";

/** The tensors, those that begin as weights of one place as one, the place as its first axis. */
export function byPlace(tensors: readonly TensorRecord[]): readonly TensorRecord[] {
  const kinds = new Map<string, TensorRecord[]>();
  for (const tensor of tensors) {
    const { name, initialiser } = tensor;
    const kind = initialiser.kind === "pretrained" ? `weights of ${initialiser.place}` : name;
    kinds.set(kind, [...(kinds.get(kind) ?? []), tensor]);
  }
  return [...kinds.values()].flatMap((members): TensorRecord[] => {
    const [first] = members;
    if (first?.initialiser.kind !== "pretrained") return members;
    return [{ ...first, name: first.initialiser.place, shape: [members.length, ...first.shape] }];
  });
}
