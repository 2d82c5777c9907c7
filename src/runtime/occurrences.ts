// Which of a few tokens of the vocabulary stands at each row of the input.

import type { TextBackbone } from "./data/load-task.ts";
import { OperationalError } from "./operational-error.ts";
import { tf, type Tensor2D, type Tensor3D } from "./tf.ts";

/**
 * Ids of the text's tokens, without what stands around every text. Throws an OperationalError where they are not
 * `count` different ones: a method has a row for each.
 */
export function tokensOf(
  { identity, tokenizer }: TextBackbone,
  text: string,
  count: number,
): readonly number[] {
  const around = new Set([...tokenizer.startIds, tokenizer.endId, tokenizer.maskId]);
  const ids = tokenizer.encode(text).ids.filter((id) => !around.has(id));
  if (ids.length === count && new Set(ids).size === count) return ids;
  const shown = ids.map((id) => JSON.stringify(tokenizer.decode([id]))).join(" ");
  const differing = new Set(ids).size < ids.length ? `, not all different` : "";
  throw new OperationalError(
    `${JSON.stringify(text)} is ${ids.length} ${ids.length === 1 ? "token" : "tokens"} to ${identity.name}${differing}: ` +
      `${shown}; the method has rows for ${count} different ones`,
  );
}

/** 1 where the row's token is the column's, 0 elsewhere: `ids` int32 `[batch, rows]` → `[batch, rows, tokens.length]`. */
export function occurrences(ids: Tensor2D, tokens: readonly number[]): Tensor3D {
  return tf.tidy(() => {
    const [batch, rows] = ids.shape;
    const wanted = tf.tensor1d(Int32Array.from(tokens), "int32");
    const found = tf.equal(tf.reshape(ids, [batch, rows, 1]), tf.reshape(wanted, [1, 1, tokens.length]));
    return tf.mul(tf.cast(found, "float32"), 1); // a cast on webgpu still holds whole numbers
  });
}
