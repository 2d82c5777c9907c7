// What an optimizer remembers of one tensor, as plain numbers under names: a checkpoint saves them all alike.

export interface OptimizerState {
  /** By name; what they are is the optimizer's own matter. */
  readonly moments: Readonly<Record<string, Float32Array>>;
  /** Updates so far. */
  steps: number;
}

/** Throws when the state is another optimizer's. */
export function momentOf({ moments }: OptimizerState, name: string): Float32Array {
  const moment = moments[name];
  if (moment === undefined) throw new Error(`the optimizer's state has no ${name}`);
  return moment;
}
