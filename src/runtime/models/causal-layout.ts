// Where prompt, text and target of each example stand in one row of positions, as plain numbers.
//
// [prompt ; text ; target ; padding]: the target follows its own row's text directly, so no padding lies between what is
// read and what is written, and a position is the same in training, scoring and generation.

import type { InputBatch, TargetBatch } from "./backbone.ts";

const hidden = -1e9; // added to the score of a key that must not be seen

/** Rows that an example's prompt and text take, `[batch]`. */
export function rowsRead(input: InputBatch, prompt: number): Int32Array {
  const read = input.lengths.map((length) => prompt + length);
  if (read.some((rows) => rows === 0))
    throw new Error("an input without a token needs a prompt: nothing else could predict its target");
  return read;
}

/** Training rows of a batch: text from the embeddings, then the target tokens but the last, which nothing reads. */
export function trainingLayout(input: InputBatch, targets: TargetBatch, prompt: number) {
  const { batch } = input;
  const { columns } = targets;
  const read = rowsRead(input, prompt);
  const lengths = Array.from({ length: batch }, (_, i) =>
    targets.ids.subarray(i * columns, (i + 1) * columns).reduce((sum, id) => sum + (id < 0 ? 0 : 1), 0),
  );
  const total = Math.max(prompt + input.rows, ...lengths.map((length, i) => (read[i] ?? 0) + length - 1));
  const isText = new Float32Array(batch * total); // [batch, total, 1]
  const following = new Int32Array(batch * total).fill(-1); // target ids where one is read
  const selector = new Float32Array(batch * columns * total); // [batch, columns, total]: who predicts each target
  for (let i = 0; i < batch; i++) {
    const start = read[i] ?? 0;
    isText.fill(1, i * total, i * total + start);
    for (let column = 0; column < (lengths[i] ?? 0); column++) {
      selector[(i * columns + column) * total + start - 1 + column] = 1;
      if (column > 0) following[i * total + start + column - 1] = targets.ids[i * columns + column - 1] ?? -1;
    }
  }
  return { total, isText, following, selector };
}

/** One 1 in each row, `[batch, copies, rows]`: the last row that was read. */
export function lastRead(read: Int32Array, rows: number, copies: number): Float32Array {
  const selector = new Float32Array(read.length * copies * rows);
  for (const [i, length] of read.entries())
    for (let copy = 0; copy < copies; copy++) selector[(i * copies + copy) * rows + length - 1] = 1;
  return selector;
}

export interface Visibility {
  readonly batch: number;
  readonly rows: number;
  readonly keys: number;
  /** Query heads that share a head of keys: the same rows again for each. */
  readonly group: number;
  isVisible(example: number, row: number, key: number): boolean;
}

/** 0 or -1e9, `[batch, 1, group × rows, keys]`. */
export function attentionBias({ batch, rows, keys, group, isVisible }: Visibility): Float32Array {
  const bias = new Float32Array(batch * group * rows * keys);
  for (let i = 0; i < batch * group * rows; i++) {
    const example = Math.floor(i / (group * rows));
    for (let key = 0; key < keys; key++)
      if (!isVisible(example, i % rows, key)) bias[i * keys + key] = hidden;
  }
  return bias;
}
