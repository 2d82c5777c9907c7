// `dept import DIR`: an adapter of peft or of the DePT authors becomes a program and an adapter of ours.

import { basename, join, resolve } from "node:path";
import { findAdapter } from "../../adapters/find-adapters.ts";
import { readForeign } from "../../adapters/imported-adapter.ts";
import { backboneFor, programFor } from "../../adapters/imported-program.ts";
import { writeImported } from "../../adapters/write-imported.ts";
import { check } from "../../compile.ts";
import { memoryHost, nodeHost } from "../../host.ts";
import { specHash } from "../../plan/spec-hash.ts";
import { onAdapters } from "../adapter-work.ts";
import { type Command, exit, FileError, UsageError } from "../command.ts";
import { readArguments } from "../read-arguments.ts";
import { makeFolder, writeWhole } from "../write-script.ts";

export const importCommand: Command = {
  help: `Usage: dept import FOLDER [-o FOLDER]

Reads adapter_config.json and the weights beside it: PROMPT_TUNING of peft, and PROMPT_TUNING_LORA of the authors of DePT.
Writes a program whose method begins with the imported tensors, adapter.safetensors, and folded.safetensors for dept
export. Settings of the source that were never read are listed. The task and the training are yours to fill in.

  -o, --output FOLDER   where to; default: imported/<name of the folder>

Example: dept import checkpoints/cola -o cola`,
  async run(args, terminal) {
    const { values, positionals } = readArguments(args, { output: { type: "string", short: "o" } });
    const [path, other] = positionals;
    if (path === undefined) throw new UsageError("which adapter? give the path of its folder");
    if (other !== undefined) throw new UsageError(`one adapter at a time; also given: ${other}`);
    const adapter = onAdapters(() => readForeign(findAdapter(path)));
    const backbone = backboneFor(adapter.base);
    if (backbone === undefined) {
      throw new FileError(
        `${path} was trained on ${adapter.base || "an unnamed model"}, which std/backbones has not`,
      );
    }
    const source = basename(resolve(path));
    const folder = values.output ?? join("imported", source);
    const name = source.replace(/\W/g, "_").replace(/^(?![A-Za-z])/, "_");
    const program = programFor(adapter, name, backbone);
    const checked = await check("main.dept", memoryHost({ "main.dept": program }, nodeHost()));
    const [plan] = checked.plans;
    if (!plan)
      throw new FileError(`${path}: ${checked.diagnostics.map(({ message }) => message).join("; ")}`);
    await makeFolder(folder);
    onAdapters(() => writeImported(folder, name, specHash(plan), adapter));
    await writeWhole(join(folder, `${name}.dept`), program);
    for (const { name: setting, value, because } of adapter.dead) {
      terminal.err(`dead in the source: ${setting} = ${JSON.stringify(value)} (${because})\n`);
    }
    terminal.err(`wrote ${name}.dept, adapter.safetensors and folded.safetensors to ${folder}\n`);
    return exit.done;
  },
};
