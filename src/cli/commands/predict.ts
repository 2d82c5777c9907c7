// `dept predict RUN`: rows in, predictions out, by the script that trained the run.

import type { Command } from "../command.ts";
import { trainedRun } from "../find-runs.ts";
import { readArguments } from "../read-arguments.ts";
import { runScript } from "../run-script.ts";
import { soleRun } from "./eval.ts";

export const predictCommand: Command = {
  name: "predict",
  summary: "read rows as JSON lines, write what a trained adapter says of each",
  help: `Usage: dept predict RUN|ADAPTER [--backend NAME] < rows.jsonl > predictions.jsonl

Each row holds the fields of the task's input; its label is not needed. For each a line is written, in the same order: the
input as the backbone reads it, the prediction, and the log-likelihood of every class.

  --backend NAME   auto (default), node-gpu, webgpu, node, wasm or cpu

Example: echo '{"text": "a large wading bird"}' | dept predict runs/quickstart/1`,
  async run(args) {
    const { values, positionals } = readArguments(args, { backend: { type: "string" } });
    const { folder, script } = trainedRun(soleRun(positionals));
    const backend = values.backend === undefined ? [] : ["--backend", values.backend];
    return runScript(script, ["--predict", folder, ...backend]);
  },
};
