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

const longest = 3_000; // characters

/** The same in pieces that are quickly read many times: of a long file its first declarations. */
export function shortPrograms(): readonly string[] {
  return [...samplePrograms().values()].map((text) => {
    if (text.length <= longest) return text;
    return text.slice(0, text.lastIndexOf("\n}\n", longest) + 3);
  });
}
