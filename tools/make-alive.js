// Makes examples/data/alive, the few-shot task: the first rows of gloss-supersense's own splits, as many of each class.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const from = "stdlib/data/gloss-supersense";
const to = "examples/data/alive";
const alive = new Set(["animal", "plant", "person"]);
const rowsOfClass = { train: 16, validation: 32, test: 150 }; // of the two classes of the new task

mkdirSync(to, { recursive: true });
for (const [split, wanted] of Object.entries(rowsOfClass)) {
  const left = { yes: wanted, no: wanted };
  const rows = readFileSync(`${from}/${split}.jsonl`, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const lines = rows.flatMap(({ text, label }) => {
    const answer = alive.has(label) ? "yes" : "no";
    return left[answer]-- > 0 ? [`${JSON.stringify({ text, alive: answer })}\n`] : [];
  });
  writeFileSync(`${to}/${split}.jsonl`, lines.join(""));
}
