// What is done to a tensor after each step, so that it stays within bounds.

/** A projection as a script names it. */
export interface Projection {
  readonly kind: "ball";
  readonly radius: number;
}

/** Every row is kept within `radius` of 0: a longer one is shortened, its direction kept. */
export function ball(radius: number): Projection {
  return { kind: "ball", radius };
}

/** Projects `values`, rows of `width` entries, in place. */
export function project({ radius }: Projection, values: Float32Array, width: number): void {
  for (let start = 0; start < values.length; start += width) {
    const row = values.subarray(start, start + width);
    const norm = Math.sqrt(row.reduce((sum, entry) => sum + entry * entry, 0));
    if (norm <= radius) continue;
    for (let i = 0; i < row.length; i++) row[i] = ((row[i] ?? 0) * radius) / norm;
  }
}
