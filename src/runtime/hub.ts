// Checkpoints in the Hugging Face cache on this machine.

import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { OperationalError, reportOperationalErrors } from "./operational-error.ts";

/**
 * `hub("google-t5/t5-base")`: the folder of the repository's `main` revision in the standard cache (`HF_HUB_CACHE`, else
 * `HF_HOME/hub`, else `~/.cache/huggingface/hub`). Throws an OperationalError that names the command to fetch it when it
 * is not there: scripts read what is on this machine and download nothing.
 */
export function hub(repository: string): URL {
  const { HF_HUB_CACHE, HF_HOME } = process.env;
  const cache = HF_HUB_CACHE ?? join(HF_HOME ?? join(homedir(), ".cache", "huggingface"), "hub");
  const entry = join(cache, `models--${repository.replaceAll("/", "--")}`);
  const reference = join(entry, "refs", "main");
  if (existsSync(reference)) {
    const snapshot = join(entry, "snapshots", readFileSync(reference, "utf8").trim());
    if (existsSync(join(snapshot, "config.json"))) return pathToFileURL(`${snapshot}/`);
  }
  reportOperationalErrors(); // it is called before anything else of a script has run
  const files = "config.json model.safetensors tokenizer.json";
  throw new OperationalError(
    `${repository} is not in the Hugging Face cache (${cache}); fetch it with: huggingface-cli download ${repository} ${files}`,
  );
}
