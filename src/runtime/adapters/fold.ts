// A trained method folded into two constants: rows in front of the words, and rows added to them.

import { randomStream } from "../random.ts";
import { tf, type Tensor, type Tensor2D, type Tensor3D } from "../tf.ts";
import type { Method, Words } from "../train/step.ts";
import type { TensorValues } from "../weights/safetensors.ts";

/** What an inference server needs of an adapter. */
export interface Folded {
  /** `[length, width]` */
  readonly prompt: TensorValues;
  /** `[rows, width]`, added to the words in front of which the prompt stands. */
  readonly offset: TensorValues;
}

/**
 * What the method puts in front of words of 0 and adds to them. `undefined` for a method that does more than that: other
 * words are then not moved by the same rows, or get another prompt.
 */
export async function fold(
  method: Method,
  values: ReadonlyMap<string, TensorValues>,
  rows: number,
  width: number,
): Promise<Folded | undefined> {
  const random = randomStream(0, "fold");
  const words = Float32Array.from({ length: rows * width }, () => 2 * random.uniform() - 1);
  const still = await apply(method, values, new Float32Array(rows * width), rows);
  const moved = await apply(method, values, words, rows);
  if (!still || !moved || still.length !== moved.length || still.length < rows * width) return undefined;
  const length = still.length / width - rows;
  const most = still.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const added = (at: number) => (at < length * width ? 0 : (words[at - length * width] ?? 0));
  const same = still.every((value, at) => Math.abs((moved[at] ?? NaN) - value - added(at)) <= 1e-5 * most);
  if (!same) return undefined;
  return {
    prompt: { shape: [length, width], data: still.slice(0, length * width) },
    offset: { shape: [rows, width], data: still.slice(length * width) },
  };
}

/** The method on one input of `rows` words, all of them real: `[length + rows, width]`; nothing if it asks which words they are. */
async function apply(
  method: Method,
  values: ReadonlyMap<string, TensorValues>,
  words: Float32Array,
  rows: number,
): Promise<Float32Array | undefined> {
  let asksForIds = false;
  const output = tf.tidy(() => {
    const tensors = [...values].map(([name, { shape, data }]): [string, Tensor] => {
      return [name, tf.tensor(data.slice(), [...shape])];
    });
    const x = tf.tensor(words, [1, rows, words.length / rows]) as Tensor3D;
    const known: Words = {
      mask: tf.ones([1, rows, 1]),
      get ids() {
        asksForIds = true;
        return tf.zeros([1, rows], "int32") as Tensor2D;
      },
    };
    return method(Object.fromEntries(tensors), x, known).clone();
  });
  const answer = Float32Array.from(await output.data());
  output.dispose();
  return asksForIds ? undefined : answer;
}
