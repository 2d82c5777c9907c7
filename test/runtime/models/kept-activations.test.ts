// The plan's prediction and the runtime's own tensors, side by side: the one test that needs both halves of the house.

import { expect, test } from "vitest";
import { check } from "../../../src/compile.ts";
import { memoryHost, nodeHost } from "../../../src/host.ts";
import { keptActivations } from "../../../src/plan/activations.ts";
import { insideRun, prefix } from "../../../src/runtime/models/inside.ts";
import { encode } from "../../../src/runtime/models/t5-encoder.ts";
import { readT5Config } from "../../../src/runtime/models/t5-config.ts";
import { loadT5Weights } from "../../../src/runtime/models/t5-weights.ts";
import { startBackend, tf, type Tensor, type Tensor3D, type Tensor4D } from "../../../src/runtime/tf.ts";
import { openCheckpoint } from "../../../src/runtime/weights/checkpoint.ts";
import { tuneText } from "../../support/check-text.ts";

const folder = "stdlib/data/wordnet-t5";

test.each([
  [1, 0],
  [7, 0],
  [58, 0],
  [7, 5],
])(
  "the encoder keeps exactly what the plan predicts at %i positions behind a prefix of %i",
  async (rows, length) => {
    const text = tuneText({ method: "prompt_tuning(length = 2)", groups: "group prompt { lr = 0.3 }" });
    const { plans } = await check("main.dept", memoryHost({ "main.dept": text }, nodeHost()));
    const backbone = plans[0]?.tune.backbone;
    if (!backbone) throw new Error("no plan");

    await startBackend("cpu");
    const config = readT5Config(folder);
    const weights = loadT5Weights(openCheckpoint(folder), config);
    const batch = 2;
    const bias: Tensor4D = tf.zeros([batch, config.heads, rows, rows]);
    const rowsOfAll: Tensor3D = tf.zeros([config.encoderLayers, length, config.heads * config.headWidth]);
    const run = insideRun(length > 0 ? { memory: prefix(rowsOfAll, rowsOfAll) } : undefined);
    const { saved } = encode(weights.encoder, config, tf.ones([batch * rows, config.width]), [bias], run);
    expect(floatsIn(saved)).toBe(batch * keptActivations(backbone, rows, length));
  },
);

/** Entries of every tensor in a structure; the same tensor counts once. */
function floatsIn(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value !== "object" || value === null || seen.has(value)) return 0;
  seen.add(value);
  if (value instanceof tf.Tensor) return (value as Tensor).size;
  return Object.values(value).reduce((sum: number, each) => sum + floatsIn(each, seen), 0);
}
