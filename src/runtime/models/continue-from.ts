// Keys and values of texts that go on from other texts of the same input.

import { consume } from "../primitives/consume.ts";
import { tf, type Tensor4D } from "../tf.ts";

type KeysAndValues = { readonly key: Tensor4D; readonly value: Tensor4D };

/**
 * `[inputs × texts, heads, rows, headWidth]` each → the same for `from.length` texts: text `i` gets those of the text `from[i]`
 * of its input. Frees what it is given where something moved, and hands it back where nothing did.
 */
export function continueFrom(given: KeysAndValues, inputs: number, from: Int32Array): KeysAndValues {
  const texts = given.key.shape[0] / inputs;
  const wanted = from.length / inputs;
  if (texts === wanted && from.every((text, i) => text === i % texts)) return given;
  return consume([given.key, given.value], () => {
    const selector = new Float32Array(from.length * texts);
    for (const [i, text] of from.entries()) selector[i * texts + text] = 1;
    // A product with ones and zeros: gather over activations is slow on wasm.
    const chosen = tf.tensor3d(selector, [inputs, wanted, texts]);
    const move = (rows: Tensor4D): Tensor4D => {
      const [, heads, length, headWidth] = rows.shape;
      const moved = tf.matMul(chosen, tf.reshape(rows, [inputs, texts, -1]));
      return tf.reshape(moved, [from.length, heads, length, headWidth]);
    };
    return { key: move(given.key), value: move(given.value) };
  });
}
