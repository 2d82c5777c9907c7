// Checks a program held in a string, with the standard library below it.

import { check, type Checked } from "../../src/compile.ts";
import { memoryHost, nodeHost } from "../../src/host.ts";

/** `files` are further files by path, for imports. */
export function checkText(text: string, files: Readonly<Record<string, string>> = {}): Promise<Checked> {
  return check("main.dept", memoryHost({ ...files, "main.dept": text }, nodeHost()));
}

/** A whole program around one `method = …` and `budget = …`; d is the embedded backbone's 128 unless given. */
export function tuneText(parts: {
  readonly method: string;
  readonly budget?: string;
  readonly width?: number;
  readonly maxTokens?: number;
  readonly groups?: string;
}): string {
  const { method, budget, width = 128, maxTokens = 48, groups } = parts;
  return `
import { wordnet_t5 } from "std/backbones"
import { gloss_supersense } from "std/tasks/wordnet"
import { dept, dpt, prompt_tuning } from "std/methods"
tune it {
  backbone = wordnet_t5 { width = ${width} }
  task     = gloss_supersense { max_tokens = ${maxTokens} }
  method   = ${method}
  ${budget === undefined ? "" : `budget = ${budget}`}
  ${groups ?? "group prompt { lr = 0.3 } group pair { lr = 5e-3 }"}
  train { steps = 100 }
}`;
}
