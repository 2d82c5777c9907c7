// Programs to try the parser and the formatter on: the syntax tests' own, the examples and the standard library.

import { readdirSync, readFileSync } from "node:fs";

const folders = ["test/syntax/programs", "examples", "stdlib"];

/** Text by path; every `.dept` file of the folders above. */
export function samplePrograms(): ReadonlyMap<string, string> {
  const paths = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".dept"))
      .sort()
      .map((path) => `${folder}/${path}`),
  );
  return new Map(paths.map((path) => [path, readFileSync(path, "utf8")]));
}
