// `dept export RUN`: an adapter for peft, or the two tensors an inference server needs.

import { findAdapter } from "../../adapters/find-adapters.ts";
import { hasOffset, readFolded, writeFolded } from "../../adapters/folded-adapter.ts";
import { writePeftFolder } from "../../adapters/peft-folder.ts";
import { onAdapters } from "../adapter-work.ts";
import { type Command, exit, UsageError } from "../command.ts";
import { readArguments } from "../read-arguments.ts";

export const exportCommand: Command = {
  help: `Usage: dept export RUN [--peft FOLDER] [--folded FILE]

RUN is the folder of a run or of an imported adapter, or the adapter.safetensors in it, with the folded.safetensors that
lies beside it.

  --peft FOLDER    what peft loads: adapter_config.json and adapter_model.safetensors with the prompt; where words are
                   moved, also offset.safetensors, and load.py, which shows how to add it
  --folded FILE    prompt [length, width] and offset [rows, width] in one safetensors file

Example: dept export runs/first/1 --peft first-peft`,
  async run(args, terminal) {
    const options = { peft: { type: "string" }, folded: { type: "string" } } as const;
    const { values, positionals } = readArguments(args, options);
    const [path, other] = positionals;
    if (path === undefined) throw new UsageError("which adapter? give the path of a run's folder");
    if (other !== undefined) throw new UsageError(`one adapter at a time; also given: ${other}`);
    const { peft, folded } = values;
    if (peft === undefined && folded === undefined)
      throw new UsageError("say what to write: --peft or --folded");
    onAdapters(() => {
      const adapter = readFolded(findAdapter(path));
      if (folded !== undefined) {
        writeFolded(folded, adapter);
        terminal.err(`wrote ${folded}\n`);
      }
      if (peft === undefined) return;
      const names = writePeftFolder(peft, adapter);
      terminal.err(`wrote ${names.join(", ")} to ${peft}\n`);
      if (hasOffset(adapter)) terminal.err("peft loads the prompt alone; load.py adds the offsets\n");
    });
    return exit.done;
  },
};
