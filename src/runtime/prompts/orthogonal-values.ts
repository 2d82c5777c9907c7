// A random matrix whose rows, or columns where there are fewer, are of length 1 and at right angles.

import type { Random } from "../random.ts";

/** Normal rows, orthogonalised one after the other (Gram and Schmidt, twice over for the sake of rounding). */
export function orthogonalValues([rows = 0, columns = 0]: readonly number[], random: Random): Float32Array {
  const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
  const basis: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    const vector = Float64Array.from({ length }, () => random.normal());
    for (const earlier of [...basis, ...basis]) addScaled(vector, earlier, -dot(vector, earlier));
    const norm = Math.sqrt(dot(vector, vector));
    basis.push(vector.map((entry) => entry / norm));
  }
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return (rows <= columns ? basis[row]?.[column] : basis[column]?.[row]) ?? 0;
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, entry, i) => sum + entry * (b[i] ?? 0), 0);
}

function addScaled(target: Float64Array, vector: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) + factor * (vector[i] ?? 0);
}
