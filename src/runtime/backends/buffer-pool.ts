// The buffers that tfjs keeps on a WebGPU device for later use.

interface PooledBuffer {
  readonly size: number; // bytes
  destroy(): void;
}

/** tfjs's own, as far as it is used here. */
export interface BufferPool {
  /** By size and usage. */
  readonly freeBuffers: ReadonlyMap<string, PooledBuffer[]>;
  readonly numBytesUsed: number;
  numBytesAllocated: number;
  numFreeBuffers: number;
}

/**
 * Gives free buffers back where they hold more than `most` bytes. tfjs keeps every one for a tensor of exactly its size, and
 * batches of many lengths ask for many sizes.
 */
export function trimPool(pool: BufferPool, most: number): void {
  if (pool.numBytesAllocated - pool.numBytesUsed <= most) return;
  for (const buffers of pool.freeBuffers.values()) {
    for (const buffer of buffers.splice(0)) {
      pool.numBytesAllocated -= buffer.size;
      pool.numFreeBuffers -= 1;
      buffer.destroy();
    }
  }
}
