// Texts from a backbone that writes: greedily or with beams.

import { consume, free } from "../primitives/consume.ts";
import { tf, type Tensor1D, type Tensor2D } from "../tf.ts";
import type { GenerateOptions } from "./backbone.ts";
import { writeWithBeams } from "./write-with-beams.ts";
import type { Writer } from "./writer.ts";

/** A text for each input, its end left out. Disposes the writer. */
export async function write(writer: Writer, options: GenerateOptions): Promise<number[][]> {
  const { beams } = options;
  return beams === undefined || beams.count === 1
    ? writeGreedily(writer, options)
    : writeWithBeams(writer, { ...options, beams });
}

/** The likeliest next token again and again; ends when every text has ended. Disposes the writer. */
async function writeGreedily(writer: Writer, { maxNewTokens, stopId }: GenerateOptions): Promise<number[][]> {
  const written: number[][] = Array.from({ length: writer.inputs }, () => []);
  const running = new Set(written.keys());
  const same = new Int32Array(writer.inputs);
  try {
    let tokens: Int32Array | undefined;
    for (let step = 0; step < maxNewTokens && running.size > 0; step++) {
      tokens = await likeliest(tokens ? writer.next(tokens, same) : writer.first());
      for (const text of [...running]) {
        const token = tokens[text] ?? stopId;
        if (token === stopId) running.delete(text);
        else written[text]?.push(token);
      }
    }
  } finally {
    writer.dispose();
  }
  return written;
}

/** Of each row, `[rows]`. Frees `scores`. */
async function likeliest(scores: Tensor2D): Promise<Int32Array> {
  const best = consume(scores, () => tf.argMax(scores, -1) as Tensor1D);
  const tokens = Int32Array.from(await best.data());
  free(best);
  return tokens;
}
