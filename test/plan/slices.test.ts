// The plan's largest slice of attention is that of the runtime's own cuts.

import { expect, test } from "vitest";
import { check } from "../../src/compile.ts";
import { nodeHost } from "../../src/host.ts";
import { sliceOf } from "../../src/plan/slices.ts";
import { stackOf } from "../../src/program/architectures.ts";
import { rangesOf, splitOf, type ScoreShape } from "../../src/runtime/primitives/slices.ts";

/** Scores of the largest slice, by cutting. */
function largest(shape: ScoreShape): number {
  const split = splitOf(shape);
  if (!split) return shape.reduce((product, extent) => product * extent, 1);
  const sizes = rangesOf(split, shape[split.axis]).map(([, count]) => {
    const smaller: [number, number, number, number] = [...shape];
    smaller[split.axis] = count;
    return largest(smaller);
  });
  return Math.max(...sizes);
}

const programs = ["test/scenarios/causal/main.dept", "test/scenarios/prompt-tuning/main.dept"];

test.each(programs)("of every backbone in %s", async (program) => {
  const { plans } = await check(program, nodeHost());
  expect(plans.length).toBeGreaterThan(0);
  for (const { tune } of plans) {
    const { heads, shared, inner } = stackOf(tune.backbone);
    const keyHeads = (heads * shared) / inner;
    for (const [batch, rows, prefix] of [
      [1, 20, 0],
      [32, 256, 0],
      [8, 532, 0],
      [3, 1_100, 30],
      [2, 2_500, 5],
      [1, 40_000, 0],
    ] as const) {
      const { scores, isWhole } = sliceOf(tune.backbone, batch, rows, prefix);
      const shape = [batch, keyHeads, (heads / keyHeads) * rows, prefix + rows] as const;
      expect([shape, scores, isWhole]).toEqual([shape, largest(shape), splitOf(shape) === undefined]);
    }
  }
});
