// 200 steps of DePT on the embedded backbone against the same in PyTorch, from the same start and batches:
// test/fixtures/embedded-training/make.py made the numbers from nothing but seed, rows and checkpoint.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { batchOrder } from "../../../src/runtime/data/batches.ts";
import { choice } from "../../../src/runtime/data/choice.ts";
import { jsonl } from "../../../src/runtime/data/jsonl.ts";
import { loadTask } from "../../../src/runtime/data/load-task.ts";
import { concatRows, firstRows } from "../../../src/runtime/graph-operations.ts";
import { loadT5 } from "../../../src/runtime/models/t5.ts";
import { initialValues } from "../../../src/runtime/prompts/initial-values.ts";
import {
  kaimingUniform,
  vocabulary,
  zeros,
  type TensorsOf,
} from "../../../src/runtime/prompts/initialisers.ts";
import { stdlib } from "../../../src/runtime/stdlib.ts";
import { tf, type Tensor3D } from "../../../src/runtime/tf.ts";
import { adamW } from "../../../src/runtime/train/adamw.ts";
import { runFit } from "../../../src/runtime/train/fit.ts";
import { linear } from "../../../src/runtime/train/schedules.ts";
import { figure, measured } from "../../support/measured.ts";
import { MemoryStream } from "../../support/memory-stream.ts";
import { largestDifference } from "../../support/tiny-t5.ts";

interface Golden {
  readonly seed: number;
  readonly firstInputs: readonly (readonly number[])[];
  readonly promptWords: readonly number[];
  readonly runs: Readonly<
    Record<
      "gentle" | "quickstart",
      {
        readonly rates: Readonly<Record<"P" | "pair", number>>;
        readonly losses: readonly number[];
        readonly lossesIn64Bits: readonly number[];
      }
    >
  >;
}

const golden: Golden = JSON.parse(readFileSync("test/fixtures/embedded-training/golden.json", "utf8"));
const folder = mkdtempSync(path.join(tmpdir(), "dept-embedded-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const parameters = { P: vocabulary([10, 128]), A: kaimingUniform([48, 8]), B: zeros([8, 128]) };

/** DePT as the quickstart's script has it: [P ; x + AB]. */
function input({ P, A, B }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  return concatRows(P, tf.add(x, firstRows(tf.matMul(A, B), x.shape[1])));
}

/** The losses of 200 steps of the quickstart at these learning rates. */
async function lossesAt(name: keyof Golden["runs"]): Promise<readonly number[]> {
  const backbone = await loadT5(stdlib("data/wordnet-t5"), { width: 128 }, { backend: "wasm" });
  const names = ["animal", "plant", "person", "artifact", "food", "place"];
  const rows = (split: string) => jsonl(stdlib(`data/gloss-supersense/${split}.jsonl`));
  const task = await loadTask(backbone, {
    train: rows("train"),
    validation: rows("validation"),
    test: rows("test"),
    input: "{text}",
    target: choice("label", Object.fromEntries(names.map((each) => [each, each]))),
    maxTokens: 48,
  });
  const first = batchOrder(golden.seed, task.train, 16)(0);
  expect(first.map(({ ids }) => [...ids])).toEqual(golden.firstInputs);
  const prompt = initialValues("P", parameters.P, backbone, golden.seed);
  expect(prompt).toEqual(backbone.embeddingRows(golden.promptWords));
  const { rates } = golden.runs[name];
  const streams = { out: new MemoryStream(), log: new MemoryStream() };
  const few = { validation: task.validation.slice(0, 16), test: task.test.slice(0, 16) }; // scores do not matter here
  const settings = {
    name,
    spec: "sha256:00",
    backbone,
    task: { ...task, ...few },
    parameters,
    input,
    groups: {
      prompt: { tensors: ["P"], learningRate: rates.P },
      pair: { tensors: ["A", "B"], learningRate: rates.pair },
    },
    trained: 2_688,
    optimizer: adamW(),
    schedule: linear({ warmup: 50 }),
    steps: 200,
    batch: 16,
    clip: 1,
    evaluateEvery: 200,
    seed: golden.seed,
  } as const;
  const record = await runFit(settings, { runs: folder, steps: undefined, ...streams });
  backbone.dispose();
  return record.steps.map(({ loss }) => loss);
}

test("every loss of 200 steps is PyTorch's", { timeout: 300_000 }, async () => {
  const losses = await lossesAt("gentle");
  expect(losses).toHaveLength(200);
  expect(losses.at(-1)).toBeLessThan(1); // from 7.5: it learned
  const difference = largestDifference(losses, golden.runs.gentle.losses);
  const what = "DePT on the embedded T5, losses of 200 steps at a tenth of the prompt's rate, wasm";
  measured({ what, against: "torch", tolerance: 2e-3 }, difference);
});

// At the quickstart's own rates PyTorch's run in 32 bits and its run in 64 end up 1.9e-3 apart: rounding alone. Ours parts from
// both at step 29, where one hidden unit of a ReLU is −3.5e-5 here and 1.8e-5 there; its gradient jumps, and AdamW moves by the
// rate whatever a gradient's size. At the tensors of that step PyTorch's gradient is ours within 1.0e-7. So this asks
// for less, and only where the page is made, since the run above shows what the code can be held to.
test.runIf(process.env["DEPT_FIDELITY"])(
  "at the quickstart's own rates the losses part as rounding parts them",
  { timeout: 300_000 },
  async () => {
    const difference = largestDifference(await lossesAt("quickstart"), golden.runs.quickstart.losses);
    const { losses, lossesIn64Bits } = golden.runs.quickstart;
    const rounding = figure(largestDifference(losses, lossesIn64Bits));
    const rates = `at the quickstart's rates (torch in 32 bits against 64: ${rounding})`;
    const what = `DePT on the embedded T5, losses of 200 steps ${rates}, wasm`;
    measured({ what, against: "torch", tolerance: 1e-2 }, difference);
  },
);
