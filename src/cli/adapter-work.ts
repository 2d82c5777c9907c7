// Runs work on adapters' files; what is wrong with the files becomes the command's own message.

import { FileTrouble } from "../adapters/file-trouble.ts";
import { FileError } from "./command.ts";

/** Throws a FileError for an FileTrouble. */
export function onAdapters<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof FileTrouble) throw new FileError(error.message);
    throw error;
  }
}
