// Memory that libtensorflow takes as it is, instead of copying it.

import { Memory } from "../kernels/web-assembly.ts";

/** Where a block must begin for libtensorflow to share it: Eigen's largest vector, in bytes. */
const alignment = 64;

/** Bytes of a WebAssembly page. */
const page = 65_536;

/** Memory asked for at once; a larger tensor gets as much as it needs. */
const chunk = 64 * 2 ** 20;

/**
 * Makes arrays of zeros that begin on a 64-byte boundary. Node's own begin on one of 16; the memory of a WebAssembly module begins
 * on a page, so they are cut from that. An array keeps the chunk that it is cut from alive, and the function the latest.
 */
export function alignedFloats(): (count: number) => Float32Array {
  let free = new ArrayBuffer(0);
  let begin = 0;
  return (count) => {
    const bytes = 4 * count;
    if (begin + bytes > free.byteLength) {
      free = new Memory({ initial: Math.ceil(Math.max(bytes, chunk) / page) }).buffer;
      begin = 0;
    }
    const floats = new Float32Array(free, begin, count);
    begin += Math.ceil(bytes / alignment) * alignment;
    return floats;
  };
}
