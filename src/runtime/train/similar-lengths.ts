// A batch in parts of similar lengths: on a processor a padded row costs what a real one does.

import type { Example } from "../data/load-task.ts";
import { tf } from "../tf.ts";

/**
 * Rows that one more part must save: its operations cost about a thousand million multiply-adds in calls, and its reading every
 * weight once more as much as some 64 rows (measured on libtensorflow and wasm).
 */
const rowsWorthAPart = (parameters: number): number => 64 + 1e9 / parameters;

/** Whether the running backend computes on a processor; on a GPU the number of operations decides, not that of rows. */
export function isOnProcessor(): boolean {
  const name = tf.getBackend();
  const { isUsingGpuDevice } = tf.backend() as { isUsingGpuDevice?: boolean };
  return name !== "webgpu" && isUsingGpuDevice !== true;
}

/**
 * The examples in parts, each to be padded to its own longest; one part where padding costs little. Shorter ones come first. The
 * examples and the model's `parameters` alone decide.
 */
export function partsOfSimilarLength(
  examples: readonly Example[],
  parameters: number,
): readonly (readonly Example[])[] {
  const sorted = examples.toSorted((a, b) => a.ids.length - b.ids.length);
  const parts = cut(sorted, rowsWorthAPart(parameters));
  return parts.length === 1 ? [examples] : parts;
}

/** Cuts where it saves most rows, and the two halves again, as long as it is worth it. */
function cut(sorted: readonly Example[], worth: number): readonly (readonly Example[])[] {
  const longest = sorted.at(-1)?.ids.length ?? 0;
  let best = { at: 0, saved: 0 };
  for (const [index, { ids }] of sorted.entries()) {
    const saved = (index + 1) * (longest - ids.length);
    if (saved > best.saved) best = { at: index + 1, saved };
  }
  if (best.saved <= worth) return [sorted];
  return [...cut(sorted.slice(0, best.at), worth), ...cut(sorted.slice(best.at), worth)];
}
