// From where to where: the accuracy a run began with and the one it reached, on the rows that tell.

import type { Split } from "../data/load-task.ts";
import type { RunRecord } from "../train/run-record.ts";

export interface Gain {
  readonly split: Split;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/**
 * On the test rows where they were scored, which is at the end of a run. A run that was stopped has its validation rows: before
 * training, and with the tensors that were kept.
 */
export function gainOf({ before, after, validations, kept }: RunRecord): Gain {
  const [first] = validations;
  if (after !== undefined || first?.step !== 0) return { split: "test", before, after: after?.accuracy };
  const reached = kept.step > 0 ? validations.find(({ step }) => step === kept.step) : undefined;
  return { split: "validation", before: first.accuracy, after: reached?.accuracy };
}
