// Holds the tensors of a file against those that were expected: names, shapes, values.

import type { HeldTensor } from "./tensor-file.ts";
import { type Finding, shapeText } from "./verification.ts";

export interface ExpectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** One finding for each tensor that is missing, too many, or of another shape. */
export function checkNames(
  expected: readonly ExpectedTensor[],
  held: ReadonlyMap<string, HeldTensor>,
): readonly Finding[] {
  const findings = expected.flatMap(({ name, shape }): Finding[] => {
    const tensor = held.get(name);
    if (!tensor) return [{ kind: "incomplete", text: `${name} ${shapeText(shape)} is missing` }];
    if (tensor.shape.join() === shape.join()) return [];
    const text = `${name} is ${shapeText(tensor.shape)}; its configuration says ${shapeText(shape)}`;
    return [{ kind: "false", text }];
  });
  const known = new Set(expected.map(({ name }) => name));
  const strangers = [...held].filter(([name]) => !known.has(name));
  return [
    ...findings,
    ...strangers.map(([name, { shape }]): Finding => {
      return {
        kind: "false",
        text: `${name} ${shapeText(shape)} is of no tensor that its configuration names`,
      };
    }),
  ];
}

/** One finding for each tensor that holds a value that is no finite number. */
export function checkFinite(held: ReadonlyMap<string, HeldTensor>): readonly Finding[] {
  return [...held].flatMap(([name, { values }]): Finding[] => {
    const count = values.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0);
    if (count === 0) return [];
    return [{ kind: "false", text: `${name}: ${count} of ${values.length} values are not finite` }];
  });
}

/** A finding for a trained tensor that began at one value everywhere and is still there. */
export function checkMoved(name: string, { values }: HeldTensor, beginning: number): readonly Finding[] {
  if (values.some((value) => value !== beginning)) return [];
  return [{ kind: "false", text: `${name} is ${beginning} everywhere: it was never trained` }];
}

/** The last rows of a tensor from the one after the last that `moved`, as words; undefined when the last row moved. */
export function lastRowsUnmoved(
  name: string,
  rows: number,
  moved: (row: number) => boolean,
): string | undefined {
  let last = rows - 1;
  while (last >= 0 && !moved(last)) last -= 1;
  if (last === rows - 1) return undefined;
  return last === rows - 2 ? `row ${rows - 1} of ${name}` : `rows ${last + 1} to ${rows - 1} of ${name}`;
}
