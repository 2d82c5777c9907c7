// Rows for the stub backbone: a few words of one class among words of the others.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { choice } from "../../src/runtime/data/choice.ts";
import { jsonl } from "../../src/runtime/data/jsonl.ts";
import { loadTask, type Task, type TextBackbone } from "../../src/runtime/data/load-task.ts";
import { randomStream } from "../../src/runtime/random.ts";
import { stubClasses } from "./stub-backbone.ts";

/** Writes three small files into `folder` and loads them. */
export function stubTask(backbone: TextBackbone, folder: string, rows = 60): Promise<Task> {
  mkdirSync(folder, { recursive: true });
  const source = (split: string, count: number) => {
    const file = path.join(folder, `${split}.jsonl`);
    writeFileSync(
      file,
      makeRows(split, count)
        .map((row) => `${JSON.stringify(row)}\n`)
        .join(""),
    );
    return jsonl(file);
  };
  return loadTask(backbone, {
    train: source("train", rows),
    validation: source("validation", 30),
    test: source("test", 40),
    input: "{text}",
    target: choice("label", { red: "red", green: "green", blue: "blue" }),
    maxTokens: 8,
  });
}

function makeRows(split: string, count: number) {
  const random = randomStream(3, split);
  const wordOf = (name: string | undefined) => `${name}${random.below(10)}`;
  return Array.from({ length: count }, () => {
    const label = stubClasses[random.below(stubClasses.length)];
    const others = Array.from({ length: random.below(2) }, () => wordOf(stubClasses[random.below(3)]));
    const own = Array.from({ length: 2 + random.below(2) }, () => wordOf(label));
    return { text: [...others, ...own].join(" "), label };
  });
}
