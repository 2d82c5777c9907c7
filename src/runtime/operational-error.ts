// Trouble outside the program: a missing file, a bad weight, an unusable device.

/** The message says where and what to do; a script prints it without a stack and exits with 1. */
export class OperationalError extends Error {
  override readonly name = "OperationalError";
}

let reporting = false;

/**
 * From here on an OperationalError nobody caught ends the process with its message and exit code 1. Every
 * other uncaught error keeps Node's own report, stack included.
 */
export function reportOperationalErrors(): void {
  if (reporting) return;
  reporting = true;
  process.on("uncaughtException", (error: unknown) => {
    process.stderr.write(`${describe(error)}\n`);
    process.exit(1);
  });
}

function describe(error: unknown): string {
  if (error instanceof OperationalError) return `error: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The words of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The error for a file that could not be opened or read. */
export function unreadable(file: string, error: unknown): OperationalError {
  const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
  return new OperationalError(
    missing ? `${file}: no such file` : `${file} cannot be read: ${messageOf(error)}`,
  );
}
