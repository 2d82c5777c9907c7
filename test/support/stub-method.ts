// DePT on the stub backbone: the settings of a small run.

import { concatRows, firstRows } from "../../src/runtime/graph-operations.ts";
import type { Task, TextBackbone } from "../../src/runtime/data/load-task.ts";
import { kaimingUniform, vocabulary, zeros, type TensorsOf } from "../../src/runtime/prompts/initialisers.ts";
import { tf, type Tensor3D } from "../../src/runtime/tf.ts";
import { adamW } from "../../src/runtime/train/adamw.ts";
import { linear } from "../../src/runtime/train/schedules.ts";
import type { FitSettings } from "../../src/runtime/train/settings.ts";

const parameters = { P: vocabulary([2, 6]), A: kaimingUniform([8, 3]), B: zeros([3, 6]) };

type StubSettings = Omit<FitSettings<typeof parameters>, "inside">;

function input({ P, A, B }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  return concatRows(P, tf.add(x, firstRows(tf.matMul(A, B), x.shape[1]))); // [batch, 2 + n, 6]
}

export function stubSettings(
  backbone: TextBackbone,
  task: Task,
  changes: Partial<StubSettings> = {},
): StubSettings {
  return {
    name: "stub",
    spec: "sha256:00",
    backbone,
    task,
    parameters,
    input,
    groups: {
      prompt: { tensors: ["P"], learningRate: 0.3 },
      pair: { tensors: ["A", "B"], learningRate: 5e-3 },
    },
    trained: 2 * 6 + 8 * 3 + 3 * 6,
    optimizer: adamW(),
    schedule: linear({ warmup: 5 }),
    steps: 60,
    batch: 8,
    clip: 1,
    evaluateEvery: 20,
    seed: 42,
    ...changes,
  };
}
