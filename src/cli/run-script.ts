// Starts an emitted script: the command line itself never loads the runtime.

import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { ExitCode } from "./command.ts";

/** The script in a process of its own, on this terminal; Ctrl-C reaches it directly, so here it only has to be waited for. */
export function runScript(script: string, args: readonly string[]): Promise<ExitCode> {
  return exitOf(startNode([script, ...args], "inherit"));
}

/**
 * A script that stands in no file, and what it writes to stdout; the files it names are found from the folder that dept
 * runs in.
 */
export async function runScriptText(
  script: string,
): Promise<{ readonly code: ExitCode; readonly output: string }> {
  const child = startNode(["--input-type=module", "--eval", script], "pipe");
  const parts: Buffer[] = [];
  child.stdout?.on("data", (part: Buffer) => parts.push(part));
  const code = await exitOf(child);
  return { code, output: Buffer.concat(parts).toString() };
}

function startNode(args: readonly string[], output: "inherit" | "pipe"): ChildProcess {
  const resolver = pathToFileURL(createRequire(import.meta.url).resolve("#resolve-dept")).href;
  return spawn(process.execPath, ["--import", resolver, ...args], { stdio: ["inherit", output, "inherit"] });
}

/** Waits until all it wrote has been read. */
function exitOf(child: ChildProcess): Promise<ExitCode> {
  const wait = (): void => undefined;
  process.on("SIGINT", wait);
  const stop = (): void => void child.kill("SIGTERM");
  process.on("SIGTERM", stop);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", wait);
      process.off("SIGTERM", stop);
      resolve(code ?? (signal === "SIGINT" ? 130 : 143));
    });
  });
}
