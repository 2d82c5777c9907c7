// Adafactor: of a matrix it remembers the squared gradient's rows and columns, not every entry.

import { momentOf, type OptimizerState } from "./optimizer-state.ts";

export interface AdafactorOptions {
  /** β₁ of a first moment; 0 keeps none. */
  readonly beta1?: number;
  /** β₂ of step t is 1 − t^decayRate. */
  readonly decayRate?: number;
  /** Most that the root mean square of an update may be before the rate. */
  readonly clipThreshold?: number;
  /** Added to every squared gradient. */
  readonly epsilon?: number;
  /** Whether rates count in units of the tensor's own root mean square. */
  readonly scaleParameter?: boolean;
  /** Whether rates count in units of min(0.01, 1/√t). */
  readonly relativeStep?: boolean;
}

/** Adafactor as a script names it. */
export interface Adafactor {
  readonly name: "adafactor";
  readonly settings: Required<AdafactorOptions>;
}

/** Least root mean square of a tensor that `scaleParameter` counts in, transformers' second epsilon. */
const leastScale = 1e-3;

/**
 * Adafactor (Shazeer and Stern 2018, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost") as transformers
 * computes it. The defaults are those of Lester et al. 2021: rates as they are given, no scaling by the tensor.
 */
export function adafactor(options: AdafactorOptions = {}): Adafactor {
  const defaults = { beta1: 0, decayRate: -0.8, clipThreshold: 1, epsilon: 1e-30 };
  return {
    name: "adafactor",
    settings: { ...defaults, scaleParameter: false, relativeStep: false, ...options },
  };
}

/** Row and column means of the squared gradient of a matrix, or of a stack of them; every entry of anything else. */
export function startAdafactor({ settings }: Adafactor, shape: readonly number[]): OptimizerState {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const { rows, columns, stack } = matrixOf(shape);
  const second: OptimizerState["moments"] =
    shape.length >= 2
      ? { rows: new Float32Array(stack * rows), columns: new Float32Array(stack * columns) }
      : { second: new Float32Array(size) };
  const first: OptimizerState["moments"] = settings.beta1 > 0 ? { first: new Float32Array(size) } : {};
  return { moments: { ...second, ...first }, steps: 0 };
}

/**
 * One step, in place: the gradient over the root of its second moment, shortened to `clipThreshold`, times the rate.
 * The decay is transformers': values ← (1 − rate·λ)·values before the update is taken away.
 */
export function adafactorStep(
  { settings }: Adafactor,
  values: Float32Array,
  shape: readonly number[],
  gradient: Float32Array,
  state: OptimizerState,
  rate: number,
  weightDecay = 0,
): void {
  state.steps++;
  const { steps } = state;
  const { beta1, decayRate, clipThreshold, epsilon, scaleParameter, relativeStep } = settings;
  const beta2 = 1 - steps ** decayRate;
  const update =
    shape.length >= 2
      ? factoredUpdate(gradient, shape, state, beta2, epsilon)
      : entryUpdate(gradient, momentOf(state, "second"), beta2, epsilon);
  const unit =
    (scaleParameter ? Math.max(leastScale, rootMeanSquare(values)) : 1) *
    (relativeStep ? Math.min(1e-2, 1 / Math.sqrt(steps)) : 1);
  const factor = (rate * unit) / Math.max(1, rootMeanSquare(update) / clipThreshold);
  const first = beta1 > 0 ? momentOf(state, "first") : undefined;
  for (let i = 0; i < values.length; i++) {
    let moved = (update[i] ?? 0) * factor;
    if (first) first[i] = moved = beta1 * (first[i] ?? 0) + (1 - beta1) * moved;
    const value = values[i] ?? 0;
    values[i] = value - rate * unit * weightDecay * value - moved;
  }
}

/** v ← β₂v + (1−β₂)(g² + ε); g/√v. */
function entryUpdate(gradient: Float32Array, second: Float32Array, beta2: number, epsilon: number) {
  return gradient.map((g, i) => {
    const v = beta2 * (second[i] ?? 0) + (1 - beta2) * (g * g + epsilon);
    second[i] = v;
    return g / Math.sqrt(v);
  });
}

/** The same with v taken to be rowᵢ·columnⱼ / mean(row), the row and column means of g² + ε averaged over the steps. */
function factoredUpdate(
  gradient: Float32Array,
  shape: readonly number[],
  state: OptimizerState,
  beta2: number,
  epsilon: number,
): Float32Array {
  const { rows, columns, stack } = matrixOf(shape);
  const update = new Float32Array(gradient.length);
  for (let each = 0; each < stack; each++) {
    const entries = gradient.subarray(each * rows * columns, (each + 1) * rows * columns);
    const byRow = momentOf(state, "rows").subarray(each * rows, (each + 1) * rows);
    const byColumn = momentOf(state, "columns").subarray(each * columns, (each + 1) * columns);
    const rowSums = new Float64Array(rows);
    const columnSums = new Float64Array(columns);
    for (const [at, g] of entries.entries()) {
      const square = g * g + epsilon;
      const [row, column] = [Math.floor(at / columns), at % columns];
      rowSums[row] = (rowSums[row] ?? 0) + square;
      columnSums[column] = (columnSums[column] ?? 0) + square;
    }
    for (let row = 0; row < rows; row++)
      byRow[row] = beta2 * (byRow[row] ?? 0) + ((1 - beta2) * (rowSums[row] ?? 0)) / columns;
    for (let column = 0; column < columns; column++)
      byColumn[column] = beta2 * (byColumn[column] ?? 0) + ((1 - beta2) * (columnSums[column] ?? 0)) / rows;
    const mean = byRow.reduce((sum, entry) => sum + entry, 0) / rows;
    for (const [at, g] of entries.entries()) {
      const row = (byRow[Math.floor(at / columns)] ?? 0) / mean;
      update[each * rows * columns + at] = g / Math.sqrt(row) / Math.sqrt(byColumn[at % columns] ?? 0);
    }
  }
  return update;
}

/** The last two axes, and how many matrices of them there are. */
function matrixOf(shape: readonly number[]) {
  const rows = shape.at(-2) ?? 1;
  const columns = shape.at(-1) ?? 1;
  return { rows, columns, stack: shape.slice(0, -2).reduce((product, extent) => product * extent, 1) };
}

function rootMeanSquare(entries: Float32Array): number {
  return Math.sqrt(entries.reduce((sum, entry) => sum + entry * entry, 0) / entries.length);
}
