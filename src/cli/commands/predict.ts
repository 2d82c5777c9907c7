// `dept predict RUN`: rows in, predictions out, by the script that trained the run.

import type { Command } from "../command.ts";
import { trainedRun } from "../find-runs.ts";
import { readArguments } from "../read-arguments.ts";
import { runScript } from "../run-script.ts";
import { soleRun } from "./eval.ts";

export const predictCommand: Command = {
  help: `Usage: dept predict RUN|ADAPTER [--backend NAME] [--threads N] < rows.jsonl > predictions.jsonl

Each row holds the fields of the task's input; its label is not needed. For each a line is written, in the same order: the
input as the backbone reads it, the prediction, and the log-likelihood of every class.

  --backend NAME   auto (default), node-gpu, webgpu, node, wasm or cpu
  --threads N      threads of the wasm backend; default: one for each processor, 16 at most

Example: echo '{"text": "a large wading bird"}' | dept predict runs/quickstart/1`,
  async run(args) {
    const text = { type: "string" } as const;
    const { values, positionals } = readArguments(args, { backend: text, threads: text });
    const { folder, script } = trainedRun(soleRun(positionals));
    const passedOn = (["backend", "threads"] as const).flatMap((option) => {
      const value = values[option];
      return value === undefined ? [] : [`--${option}`, value];
    });
    return runScript(script, ["--predict", folder, ...passedOn]);
  },
};
