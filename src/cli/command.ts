// What a command is: arguments in, an exit code out, everything else through the terminal it is given.

import type { Host } from "../host.ts";

/** 0: done; 1: the program or the run is wrong, and it has been said why; 2: the command line is wrong. */
export type ExitCode = number;

export const exit = { done: 0, failed: 1, usage: 2 } as const;

/** Where a command reads and writes. stdout carries the result, stderr everything else. */
export interface Terminal {
  readonly host: Host;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether stderr shows colours. */
  readonly color: boolean;
}

export interface Command {
  /** The page of `dept NAME --help`. */
  readonly help: string;
  readonly run: (args: readonly string[], terminal: Terminal) => Promise<ExitCode>;
}

/** A file or folder that cannot be written: which, and what the system says. */
export class FileError extends Error {}

/** A wrong command line: what is wrong, and the page that tells how it goes. */
export class UsageError extends Error {}
