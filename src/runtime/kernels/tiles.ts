// How a product is divided among threads.

/** A tile's size, and how many there are. */
export interface Tiling {
  readonly matrices: number;
  readonly rows: number;
  readonly columns: number;
  readonly tiles: number;
}

const leastWork = 2 ** 18; // multiplications of a tile: what a thread does in about 10 µs
const tilesPerThread = 4; // so that threads which start late or are slow leave little to wait for
const fewestRows = 64; // B is packed anew for every row of tiles
const fewestColumns = 64; // and A for every column of them

/** The tiles of C[batch, m, n] = A[batch, m, k] · B[batch, k, n] for so many threads; a single one where dividing does not pay. */
export function divide(threads: number, batch: number, m: number, n: number, k: number): Tiling {
  const wanted = Math.min(threads * tilesPerThread, Math.floor((batch * m * n * k) / leastWork));
  if (threads === 1 || wanted < 2) return { matrices: batch, rows: m, columns: n, tiles: 1 };
  if (batch >= wanted) {
    const matrices = Math.ceil(batch / wanted);
    return { matrices, rows: m, columns: n, tiles: Math.ceil(batch / matrices) };
  }
  const pieces = Math.ceil(wanted / batch);
  const down = Math.min(pieces, Math.max(1, Math.floor(m / fewestRows)));
  const across = Math.min(Math.ceil(pieces / down), Math.max(1, Math.floor(n / fewestColumns)));
  const rows = roundUp(m / down, 4);
  const columns = roundUp(n / across, 8);
  return { matrices: 1, rows, columns, tiles: batch * Math.ceil(m / rows) * Math.ceil(n / columns) };
}

function roundUp(size: number, multiple: number): number {
  return Math.ceil(size / multiple) * multiple;
}
