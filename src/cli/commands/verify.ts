// `dept verify FILE…`: does a file hold what its configuration trained?

import { findAdapters } from "../../adapters/find-adapters.ts";
import { renderTotals, renderVerification } from "../../adapters/render-verification.ts";
import { isSound } from "../../adapters/verification.ts";
import { verifyAdapter } from "../../adapters/verify-adapter.ts";
import { onAdapters } from "../adapter-work.ts";
import { type Command, exit, UsageError } from "../command.ts";
import { readArguments } from "../read-arguments.ts";

export const verifyCommand: Command = {
  help: `Usage: dept verify PATH… [--json]

PATH is an adapter's file, its folder, or a folder with such folders below: of dept (adapter.safetensors), of peft
(adapter_config.json with adapter_model.safetensors or .bin), or of the authors of DePT. Every tensor that was trained must
be there with its shape, finite and moved, and the count must meet the budget. No code of a file is run.

Exit code 0: every adapter is sound. 1: one is incomplete, false or over its budget. 2: the command line is wrong.

  --json   the findings as JSON

Example: dept verify runs/first/1`,
  async run(args, terminal) {
    const { values, positionals } = readArguments(args, { json: { type: "boolean" } });
    if (positionals.length === 0) throw new UsageError("which adapter? give the path of a file or folder");
    const found = onAdapters(() => positionals.flatMap(findAdapters).map(verifyAdapter));
    if (values.json) terminal.out(`${JSON.stringify({ version: 1, adapters: found }, null, 2)}\n`);
    else {
      for (const each of found) terminal.out(`${renderVerification(each)}\n`);
      if (found.length > 1) terminal.out(`\n${renderTotals(found)}\n`);
    }
    return found.every(isSound) ? exit.done : exit.failed;
  },
};
