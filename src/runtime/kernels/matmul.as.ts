// Matrix multiplication in WebAssembly SIMD, on the heap of the TensorFlow.js wasm backend. AssemblyScript, not TypeScript.
//
// C[b] = op(A[b]) · op(B[b]), all row-major 32-bit floats. Both operands are packed into panels, A in strips of 4 rows
// and B in strips of 8 columns, and the inner loop multiplies one strip by another with 8 accumulators: what fits
// the 16 vector registers of x86. A taller tile or an unrolled loop spills and halves the speed.
//
// Every value of C is one sum in the order of the inner dimension, wherever a block ends: between two blocks the sum so far
// waits in C. So a product has the same bits however it is divided among threads.
//
// B may be stored in 16 bits. Its panels are of 32-bit floats all the same, so that the product is that of the widened numbers.

import { Stored, pack, packHalves } from "./pack.as";

const rowsPerBlock: i32 = 96; // rows of A packed at a time: with B's panel they stay in the second-level cache
const depthPerBlock: i32 = 1024; // of the inner dimension, packed at a time
const panelFloats: i32 = 1 << 16; // floats of B packed at a time: 64 columns or more

function columnsPerBlock(n: i32, k: i32): i32 {
  const columns = (panelFloats / max(min(k, depthPerBlock), 1)) & ~7;
  return min(columns, (n + 7) & ~7);
}

/** Floats of scratch memory that `matMul` needs, whatever the dimensions. */
export function scratchFloats(): i32 {
  return panelFloats + rowsPerBlock * depthPerBlock;
}

/** The first four or fewer of `columns` values, zero where there are too few. */
function loadFew(source: usize, columns: i32): v128 {
  if (columns >= 4) return v128.load(source);
  let values = f32x4.splat(0);
  if (columns > 0) values = f32x4.replace_lane(values, 0, load<f32>(source));
  if (columns > 1) values = f32x4.replace_lane(values, 1, load<f32>(source, 4));
  if (columns > 2) values = f32x4.replace_lane(values, 2, load<f32>(source, 8));
  return values;
}

/** Stores the first `columns` (1 to 8) of eight values. */
function storeRow(target: usize, left: v128, right: v128, columns: i32): void {
  if (columns == 8) {
    v128.store(target, left);
    v128.store(target, right, 16);
    return;
  }
  store<f32>(target, f32x4.extract_lane(left, 0));
  if (columns > 1) store<f32>(target, f32x4.extract_lane(left, 1), 4);
  if (columns > 2) store<f32>(target, f32x4.extract_lane(left, 2), 8);
  if (columns > 3) store<f32>(target, f32x4.extract_lane(left, 3), 12);
  if (columns > 4) store<f32>(target, f32x4.extract_lane(right, 0), 16);
  if (columns > 5) store<f32>(target, f32x4.extract_lane(right, 1), 20);
  if (columns > 6) store<f32>(target, f32x4.extract_lane(right, 2), 24);
}

/** C block [m, n] = packed A block · packed B block, or `more` of it, added to what is there; rows of C lie `rowBytes` apart. */
function multiplyPacked(
  a: usize,
  b: usize,
  c: usize,
  m: i32,
  n: i32,
  k: i32,
  rowBytes: usize,
  more: bool,
): void {
  for (let j = 0; j < n; j += 8) {
    const columns = min(8, n - j);
    const panel = b + <usize>j * ((<usize>k) << 2);
    const panelEnd = panel + ((<usize>k) << 5);
    for (let i = 0; i < m; i += 4) {
      let q = panel;
      let p = a + <usize>i * ((<usize>k) << 2);
      let c00 = f32x4.splat(0);
      let c01 = f32x4.splat(0);
      let c10 = f32x4.splat(0);
      let c11 = f32x4.splat(0);
      let c20 = f32x4.splat(0);
      let c21 = f32x4.splat(0);
      let c30 = f32x4.splat(0);
      let c31 = f32x4.splat(0);
      const rows = m - i;
      const first = c + <usize>i * rowBytes + ((<usize>j) << 2);
      if (more) {
        let sums = first;
        c00 = loadFew(sums, columns);
        c01 = loadFew(sums + 16, columns - 4);
        if (rows > 1) {
          sums += rowBytes;
          c10 = loadFew(sums, columns);
          c11 = loadFew(sums + 16, columns - 4);
        }
        if (rows > 2) {
          sums += rowBytes;
          c20 = loadFew(sums, columns);
          c21 = loadFew(sums + 16, columns - 4);
        }
        if (rows > 3) {
          sums += rowBytes;
          c30 = loadFew(sums, columns);
          c31 = loadFew(sums + 16, columns - 4);
        }
      }
      while (q < panelEnd) {
        const b0 = v128.load(q);
        const b1 = v128.load(q, 16);
        let s = v128.load32_splat(p);
        c00 = f32x4.add(c00, f32x4.mul(s, b0));
        c01 = f32x4.add(c01, f32x4.mul(s, b1));
        s = v128.load32_splat(p, 4);
        c10 = f32x4.add(c10, f32x4.mul(s, b0));
        c11 = f32x4.add(c11, f32x4.mul(s, b1));
        s = v128.load32_splat(p, 8);
        c20 = f32x4.add(c20, f32x4.mul(s, b0));
        c21 = f32x4.add(c21, f32x4.mul(s, b1));
        s = v128.load32_splat(p, 12);
        c30 = f32x4.add(c30, f32x4.mul(s, b0));
        c31 = f32x4.add(c31, f32x4.mul(s, b1));
        q += 32;
        p += 16;
      }
      let row = first;
      storeRow(row, c00, c01, columns);
      if (rows > 1) storeRow((row += rowBytes), c10, c11, columns);
      if (rows > 2) storeRow((row += rowBytes), c20, c21, columns);
      if (rows > 3) storeRow((row += rowBytes), c30, c31, columns);
    }
  }
}

/** C[from.., m, n] of one matrix: rows and columns from `row` and `column` on. Steps are in bytes. */
function multiplyTile(
  a: usize,
  b: usize,
  c: usize,
  row: i32,
  rows: i32,
  column: i32,
  columns: i32,
  n: i32,
  k: i32,
  lineA: usize,
  valueA: usize,
  lineB: usize,
  valueB: usize,
  storedB: Stored,
  scratch: usize,
): void {
  const blockColumns = columnsPerBlock(n, k);
  const packedA = scratch + ((<usize>panelFloats) << 2);
  const rowBytes = (<usize>n) << 2;
  for (let j = column; j < column + columns; j += blockColumns) {
    const width = min(blockColumns, column + columns - j);
    for (let l = 0; l < k; l += depthPerBlock) {
      const depth = min(depthPerBlock, k - l);
      const panel = b + <usize>j * lineB + <usize>l * valueB;
      if (storedB == Stored.F32) pack(panel, scratch, width, depth, 8, lineB, valueB);
      else packHalves(panel, scratch, width, depth, lineB, valueB, storedB);
      for (let i = row; i < row + rows; i += rowsPerBlock) {
        const height = min(rowsPerBlock, row + rows - i);
        pack(a + <usize>i * lineA + <usize>l * valueA, packedA, height, depth, 4, lineA, valueA);
        const target = c + <usize>i * rowBytes + ((<usize>j) << 2);
        multiplyPacked(packedA, scratch, target, height, width, depth, rowBytes, l > 0);
      }
    }
  }
}

/**
 * Tile number `tile` of C[batch, m, n] = op(A) · op(B), where op(A) is [m, k] and op(B) is [k, n] for each matrix of the batch.
 * With `transposeA` A is stored as [k, m], with `transposeB` B as [n, k]. A tile is `tileRows` × `tileColumns` of `tileMatrices`
 * matrices, fewer at the edges; tiles are numbered along columns, then rows, then the batch. `storedB` says what the numbers of B
 * are. `scratch` has room for `scratchFloats()` floats.
 */
export function matMul(
  a: usize,
  b: usize,
  c: usize,
  batch: i32,
  m: i32,
  n: i32,
  k: i32,
  transposeA: bool,
  transposeB: bool,
  storedB: Stored,
  tileMatrices: i32,
  tileRows: i32,
  tileColumns: i32,
  tile: i32,
  scratch: usize,
): void {
  const lineA: usize = transposeA ? 4 : (<usize>k) << 2;
  const valueA: usize = transposeA ? (<usize>m) << 2 : 4;
  const sizeB: usize = storedB == Stored.F32 ? 4 : 2;
  const lineB: usize = transposeB ? <usize>k * sizeB : sizeB;
  const valueB: usize = transposeB ? sizeB : <usize>n * sizeB;
  const across = (n + tileColumns - 1) / tileColumns;
  const down = (m + tileRows - 1) / tileRows;
  const column = (tile % across) * tileColumns;
  const row = ((tile / across) % down) * tileRows;
  const first = (tile / (across * down)) * tileMatrices;
  const rows = min(tileRows, m - row);
  const columns = min(tileColumns, n - column);
  for (let index = first; index < min(first + tileMatrices, batch); index++) {
    const atA = a + <usize>index * <usize>m * ((<usize>k) << 2);
    const atB = b + <usize>index * <usize>k * (<usize>n * sizeB);
    const atC = c + <usize>index * <usize>m * ((<usize>n) << 2);
    // prettier-ignore
    multiplyTile(atA, atB, atC, row, rows, column, columns, n, k, lineA, valueA, lineB, valueB, storedB, scratch);
  }
}
