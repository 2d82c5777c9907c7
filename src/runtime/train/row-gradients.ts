// Rows of a table's gradient, added up: here as numbers, since scattering on the device is slow where it exists at all.

/** Adds each of `rows`, `[ids.length × width]`, to the row of `gradient`, `[table rows × width]`, that its id names. */
export function addRows(gradient: Float32Array, ids: Int32Array, rows: Float32Array): void {
  const width = rows.length / ids.length;
  for (const [row, id] of ids.entries()) {
    if (id < 0) continue;
    for (let column = 0; column < width; column++) {
      const at = id * width + column;
      gradient[at] = (gradient[at] ?? 0) + (rows[row * width + column] ?? 0);
    }
  }
}
