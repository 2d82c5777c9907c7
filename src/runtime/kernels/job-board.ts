// What the main thread and the workers of the pool share beside the heap: one product at a time, divided into tiles that
// whoever is free takes next.
//
// The main thread takes tiles too, and waits only for workers that took one. So a worker that the system does not run,
// because another process has its core, costs nothing but its help.

import { Instance, type WebAssemblyModule } from "./web-assembly.ts";

/** Exports of kernels.as.ts. Addresses are in bytes, counts in values. */
export interface KernelExports {
  matMul(...job: readonly number[]): void;
  scratchFloats(): number;
  widenFloat16(source: number, target: number, count: number): void;
  widenBfloat16(source: number, target: number, count: number): void;
}

export function instantiateKernels(module: WebAssemblyModule, memory: object): KernelExports {
  return new Instance(module, { env: { memory } }).exports as KernelExports;
}

/** What a worker is started with. */
export interface WorkerStart {
  readonly module: WebAssemblyModule;
  readonly memory: object;
  readonly board: SharedArrayBuffer;
  /** Address of the worker's own scratch memory. */
  readonly scratch: number;
}

/** Places on the board, each on a cache line of its own. */
const place = {
  /** Raised with every job; idle workers sleep on it. */
  jobs: 0,
  /** 1 while tiles may be taken. */
  open: 16,
  /** Next tile to take. */
  next: 32,
  /** Workers that look at the job. The board is changed only while it is closed and there are none. */
  inside: 48,
  /** 1 while the main thread sleeps until there are none. */
  awaited: 64,
  /** 1 once a worker could not compute its tile. */
  failed: 80,
  /** How many tiles the job has. */
  tiles: 96,
  /** The arguments of `matMul` but for the last two, the tile and the scratch memory. */
  job: 112,
} as const;

const jobLength = 13;

export function makeBoard(): SharedArrayBuffer {
  return new SharedArrayBuffer((place.job + jobLength) * 4);
}

/** Looks of the main thread for its workers to finish before it sleeps, and of a worker for the next job: some tens of microseconds. */
const looks = 20_000;

/**
 * Computes every tile of a job, with the help of at most `helpers` workers, and returns when all are done. Main thread only.
 * Answers the milliseconds that it waited for workers after its own last tile.
 */
export function runJob(
  board: Int32Array,
  kernels: KernelExports,
  job: readonly number[],
  tiles: number,
  helpers: number,
  scratch: number,
): number {
  board.set(job, place.job);
  board[place.tiles] = tiles;
  Atomics.store(board, place.next, 0);
  Atomics.store(board, place.open, 1);
  Atomics.add(board, place.jobs, 1);
  Atomics.notify(board, place.jobs, Math.min(helpers, tiles - 1));
  let done = 0;
  try {
    takeTiles(board, kernels, job, tiles, scratch);
  } finally {
    Atomics.store(board, place.open, 0);
    done = performance.now();
    awaitWorkers(board);
  }
  if (Atomics.load(board, place.failed) === 1) throw new Error("a worker thread could not multiply its part");
  return performance.now() - done;
}

function takeTiles(
  board: Int32Array,
  { matMul }: KernelExports,
  job: readonly number[],
  tiles: number,
  scratch: number,
): void {
  for (;;) {
    const tile = Atomics.add(board, place.next, 1);
    if (tile >= tiles) return;
    matMul(...job, tile, scratch);
  }
}

function awaitWorkers(board: Int32Array): void {
  for (let look = 0; look < looks; look++) if (Atomics.load(board, place.inside) === 0) return;
  Atomics.store(board, place.awaited, 1);
  for (;;) {
    const inside = Atomics.load(board, place.inside);
    if (inside === 0) break;
    Atomics.wait(board, place.inside, inside);
  }
  Atomics.store(board, place.awaited, 0);
}

/** A worker's life: sleeps until there is a job, takes tiles of it, sleeps again. Ends with its thread. */
export function work(board: Int32Array, kernels: KernelExports, scratch: number, ready: () => void): never {
  let seen = Atomics.load(board, place.jobs);
  ready();
  for (;;) {
    for (let look = 0; look < looks && Atomics.load(board, place.jobs) === seen; look++);
    Atomics.wait(board, place.jobs, seen);
    seen = Atomics.load(board, place.jobs);
    Atomics.add(board, place.inside, 1);
    try {
      if (Atomics.load(board, place.open) === 1) {
        const job = Array.from(board.subarray(place.job, place.job + jobLength));
        takeTiles(board, kernels, job, board[place.tiles] ?? 0, scratch);
      }
    } catch {
      Atomics.store(board, place.failed, 1);
    }
    const last = Atomics.sub(board, place.inside, 1) === 1;
    if (last && Atomics.load(board, place.awaited) === 1) Atomics.notify(board, place.inside);
  }
}
