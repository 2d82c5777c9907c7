import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { choice } from "../../../src/runtime/data/choice.ts";
import { jsonl } from "../../../src/runtime/data/jsonl.ts";
import { loadTask } from "../../../src/runtime/data/load-task.ts";
import { concatRows, firstRows } from "../../../src/runtime/graph-operations.ts";
import {
  kaimingUniform,
  vocabulary,
  zeros,
  type TensorsOf,
} from "../../../src/runtime/prompts/initialisers.ts";
import { tf, type Tensor3D } from "../../../src/runtime/tf.ts";
import { runFit } from "../../../src/runtime/train/fit.ts";
import { MemoryStream } from "../../support/memory-stream.ts";
import { stubSettings } from "../../support/stub-method.ts";
import { loadTinyT5 } from "../../support/tiny-t5.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-fit-t5-"));
const parameters = { P: vocabulary([5, 32]), A: kaimingUniform([16, 3]), B: zeros([3, 32]) };

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function input({ P, A, B }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  return concatRows(P, tf.add(x, firstRows(tf.matMul(A, B), x.shape[1]))); // [batch, 5 + n, 32]
}

function writeRows(): string {
  const file = path.join(folder, "rows.jsonl");
  const texts = { animal: ["a dog that is", "of cat with"], place: ["the town in", "to land on the", "any"] };
  const rows = Object.entries(texts).flatMap(([label, all]) =>
    all.map((text) => JSON.stringify({ text, label })),
  );
  writeFileSync(file, `${rows.join("\n")}\n`);
  return file;
}

for (const backend of ["cpu", "wasm"] as const) {
  test(`${backend}: the tiny T5 trains, the same twice over, and no tensor is left`, async () => {
    const backbone = await loadTinyT5(backend);
    const source = jsonl(writeRows());
    const task = await loadTask(backbone, {
      train: source,
      validation: source,
      test: source,
      input: "is {text}",
      target: choice("label", { animal: "animal", place: "the place" }),
      maxTokens: 16,
    });
    const settings = {
      ...stubSettings(backbone, task),
      name: backend,
      parameters,
      input,
      trained: 5 * 32 + 16 * 3 + 3 * 32,
      batch: 3,
      steps: 12,
    };
    const run = async () => {
      const streams = { out: new MemoryStream(), log: new MemoryStream() };
      const record = await runFit(settings, { runs: folder, steps: undefined, ...streams });
      return { losses: record.steps.map(({ loss }) => loss), tensors: tf.memory().numTensors };
    };
    const first = await run();
    expect(first.losses.at(-1)).toBeLessThan(first.losses[0] ?? 0);
    // The first run also made what the backbone keeps for each length it met, so the second must add nothing.
    expect(await run()).toEqual(first);
    backbone.dispose();
  });
}
