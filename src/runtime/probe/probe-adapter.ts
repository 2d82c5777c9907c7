// Asks in a process of its own which adapter webgpu would take: a driver can crash, and Dawn warns on the terminal.

import { execFile } from "node:child_process";
import { createRequire } from "node:module";

export interface ProbedAdapter {
  readonly name?: string;
  readonly software?: boolean;
  /** Why there is no answer. */
  readonly reason?: string;
}

const longest = 60_000; // milliseconds

export function probeAdapter(): Promise<ProbedAdapter> {
  const program = createRequire(import.meta.url).resolve("#probe");
  return new Promise((resolve) => {
    execFile(process.execPath, [program, "adapter"], { timeout: longest }, (error, stdout) => {
      const answer = stdout.trim().split("\n").at(-1) ?? "";
      if (answer.startsWith("{")) resolve(JSON.parse(answer) as ProbedAdapter);
      else resolve({ reason: `looking for an adapter ended with ${error?.signal ?? `code ${error?.code}`}` });
    });
  });
}
