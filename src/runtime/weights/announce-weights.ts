// Says how much memory the weights of a checkpoint in 16 bits take on the device: a plan, made before the file is seen, counts 32.

import { tf } from "../tf.ts";
import { staysHalf } from "./load-matrix.ts";
import type { WeightsFile } from "./safetensors.ts";

/** What `load` makes of the file, with a line on stderr where matrices stay in 16 bits. */
export function announced<Weights>(file: WeightsFile, load: () => Weights): Weights {
  const before = tf.memory().numBytes;
  const weights = load();
  const taken = (tf.memory().numBytes - before) / 1e6;
  if ([...file.tensors.keys()].some((name) => staysHalf(file, name)))
    process.stderr.write(
      `weights: ${taken.toFixed(1)} MB, matrices in the 16 bits that the checkpoint has\n`,
    );
  return weights;
}
