// The `.dept` of an imported adapter: what its source fixes, and in comments what it leaves open.

import type { ImportedAdapter } from "./imported-adapter.ts";
import { baselineLength } from "./verify-authors.ts";

/** Names of `std/backbones` by the names that adapters use, with the owner left out. */
const backbones: Readonly<Record<string, string>> = {
  "t5-small": "t5_small",
  "t5-base": "t5_base",
  "t5-large": "t5_large",
};

/** The backbone of `std/backbones`, or undefined when it has none of that name. */
export function backboneFor(base: string): string | undefined {
  return backbones[base.split("/").at(-1) ?? ""];
}

/** `name` is a word of the language; adapter.safetensors lies beside the program. */
export function programFor(adapter: ImportedAdapter, name: string, backbone: string): string {
  const { kind, base, length, rank, width, rows = 256, dead } = adapter;
  const trained = length * width + rank * (rows + width);
  const isPair = kind === "pair";
  const parity = trained === baselineLength * width;
  const pair = [
    '  param A: [s, rank]   = adapter("adapter.safetensors", "A") group pair',
    '  param B: [rank, d]   = adapter("adapter.safetensors", "B") group pair',
  ];
  const lines = [
    `/// Imported from an adapter of ${base}. The source says nothing of the task or the training: look through both.`,
    ...dead.map(
      (each) => `/// Dead in the source: ${each.name} = ${JSON.stringify(each.value)} (${each.because}).`,
    ),
    `import { ${backbone} } from "std/backbones"`,
    ...(parity ? ['import { prompt_tuning } from "std/methods"'] : []),
    "",
    `method ${name}_method(length: int${isPair ? ", rank: int" : ""}) {`,
    '  param P: [length, d] = adapter("adapter.safetensors", "P") group prompt',
    ...(isPair ? pair : []),
    "",
    "  input x: [n, d]",
    // The authors fix alpha at 8; another one is written as it was.
    `  output ${isPair ? `concat(P, x + ${alphaOf(adapter)} / sqrt(rank) * (A @ B)[0..n])` : "concat(P, x)"}`,
    "}",
    "",
    `task ${name}_task {`,
    '  train      = jsonl("data/train.jsonl")',
    '  validation = jsonl("data/validation.jsonl")',
    '  test       = jsonl("data/test.jsonl")',
    '  input      = "{text}"',
    '  target     = choice("label", { 0: "0", 1: "1" })',
    `  max_tokens = ${rows}`,
    "}",
    "",
    `tune ${name} {`,
    `  backbone = ${backbone}`,
    `  task     = ${name}_task`,
    `  method   = ${name}_method(length = ${length}${isPair ? `, rank = ${rank}` : ""})`,
    parity
      ? `  budget   = parity(prompt_tuning(length = ${baselineLength}))`
      : `  budget   = exactly(${trained}) // a prompt of ${baselineLength} rows has ${baselineLength * width}`,
    "",
    "  group prompt { lr = 3e-1 }",
    ...(isPair ? ["  group pair { lr = 5e-4 }"] : []),
    "",
    "  train { steps = 30_000 }",
    "}",
    "",
  ];
  return lines.join("\n");
}

function alphaOf({ scale, rank }: ImportedAdapter): number {
  return Math.round(scale * Math.sqrt(rank));
}
