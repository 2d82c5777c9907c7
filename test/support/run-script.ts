// Runs a TypeScript script of test/support in a process of its own, as an emitted script is run.

import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { build } from "esbuild";

/** Bundles the script into dist/, from where `#tfjs` and the package's files are found. */
export async function bundleScript(name: string): Promise<string> {
  const outfile = path.resolve("dist/test", `${name}-${process.pid}.mjs`);
  await build({
    entryPoints: [path.resolve("test/support", `${name}.ts`)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    external: ["#tfjs"],
    logLevel: "warning",
  });
  return outfile;
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  /** Resolves once stderr contains the text; rejects when the process ends without it. */
  says(text: string): Promise<void>;
  readonly finished: Promise<Finished>;
}

export function startScript(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Running {
  const child = spawn(process.execPath, [file, ...args], { env: { ...process.env, ...env }, stdio: "pipe" });
  let stdout = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    for (const check of waiting) check();
  });
  const finished = new Promise<Finished>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (!stderr.includes(text)) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
      void finished.then(() => reject(new Error(`the script ended without saying "${text}":\n${stderr}`)));
    });
  return { process: child, says, finished };
}
