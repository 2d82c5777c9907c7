// Starts an emitted script: the command line itself never loads the runtime.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { ExitCode } from "./command.ts";

/** The script in a process of its own, on this terminal; Ctrl-C reaches it directly, so here it only has to be waited for. */
export function runScript(script: string, args: readonly string[]): Promise<ExitCode> {
  return startNode([script, ...args]);
}

/** A script that stands in no file; the files it names are found from the folder that dept runs in. */
export function runScriptText(script: string): Promise<ExitCode> {
  return startNode(["--input-type=module", "--eval", script]);
}

function startNode(args: readonly string[]): Promise<ExitCode> {
  const resolver = pathToFileURL(createRequire(import.meta.url).resolve("#resolve-dept")).href;
  const child = spawn(process.execPath, ["--import", resolver, ...args], { stdio: "inherit" });
  const wait = (): void => undefined;
  process.on("SIGINT", wait);
  const stop = (): void => void child.kill("SIGTERM");
  process.on("SIGTERM", stop);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      process.off("SIGINT", wait);
      process.off("SIGTERM", stop);
      resolve(code ?? (signal === "SIGINT" ? 130 : 143));
    });
  });
}
