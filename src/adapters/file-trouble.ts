// What is wrong with a file, by the name under which commands know it.

export { OperationalError as FileTrouble } from "../runtime/operational-error.ts";
