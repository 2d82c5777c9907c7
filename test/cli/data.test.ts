// `dept data` as it is shipped: what it prints, without the weights, and what it says of damaged rows.

import { execFile } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildDataScript } from "../../src/emit/build-data-script.ts";
import { check, emitData } from "../../src/compile.ts";
import { memoryHost, nodeHost } from "../../src/host.ts";

const run = promisify(execFile);
const cli = resolve("dist/cli/dept.js");
const folder = mkdtempSync(join(tmpdir(), "dept-data-command-"));
const stdlib = resolve("stdlib/data");

/** The backbone of the standard library, its weights left behind. */
const program = `import { dept } from "std/methods"
backbone b {
  architecture   = t5
  checkpoint     = folder("model")
  ${["width", "heads", "head_width", "feed_forward", "encoder_layers", "decoder_layers", "vocabulary"]
    .map((name) => `${name} = ${dimension(name)}`)
    .join("\n  ")}
}
task t {
  train      = jsonl("train.jsonl")
  validation = jsonl("validation.jsonl")
  test       = jsonl("test.jsonl")
  input      = "{text}"
  target     = choice("label", ["plant", "animal"])
  max_tokens = 16
}
tune it {
  backbone = b
  task     = t
  method   = dept(length = 4, rank = 2)
  group prompt { lr = 3e-1 }
  group pair   { lr = 5e-3 }
  train { steps = 10 }
}`;

function dimension(name: string): string {
  const text = readFileSync("stdlib/backbones.dept", "utf8");
  const block = text.slice(text.indexOf("backbone wordnet_t5"));
  return new RegExp(`\\b${name}\\s*= (\\S+)`).exec(block)?.[1] ?? "1";
}

beforeAll(() => {
  mkdirSync(join(folder, "model"));
  for (const file of ["config.json", "tokenizer.json", "tokenizer_config.json"])
    copyFileSync(join(stdlib, "wordnet-t5", file), join(folder, "model", file));
  writeFileSync(join(folder, "main.dept"), program);
  write("train", ['{"text": "a tree", "label": "plant"}', '{"text": "a large bird", "label": "animal"}']);
  write("validation", ['{"text": "a herb", "label": "plant"}', '{"text": "a fish", "label": "animal"}']);
  write("test", ['{"text": "a tree", "label": "plant"}', '{"text": "", "label": "animal"}']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(split: string, lines: readonly string[]): void {
  writeFileSync(join(folder, `${split}.jsonl`), lines.map((line) => `${line}\n`).join(""));
}

function data(...args: readonly string[]) {
  return run(process.execPath, [cli, "data", "main.dept", ...args], { cwd: folder });
}

test("the rows are shown of a model without weights, and nothing is written", async () => {
  const { stdout, stderr } = await data();
  expect(stdout).toContain("train   2 rows of train.jsonl");
  expect(stderr).toContain("warning plan/shared-rows: 1 row of test stand in train, too");
  expect(stderr).toContain("warning plan/empty-inputs: 1 input of test without a word beside the template");
  expect(stderr).toMatch(/main\.dept:\d+:\d+/);
  expect(stdout).toMatch(/A {2}rows 0 to \d of 16 are trained/);
  expect(existsSync(join(folder, "runs"))).toBe(false);
});

test("--json says the same to programs", async () => {
  const { stdout } = await data("--json");
  expect(JSON.parse(stdout)).toMatchObject({
    maxTokens: 16,
    splits: { train: { rows: 2, labels: [1, 1] }, test: { empty: 1 } },
    positional: [{ tensor: "A", rows: 16 }],
  });
});

test.each([
  ['{"text": "a tree", "label": "plant"', "train.jsonl:1: this line is not JSON"],
  ['{"text": "a tree", "label": "stone"}', 'train.jsonl:1: unknown label "stone"'],
  ['{"words": "a tree", "label": "plant"}', 'train.jsonl:1: no field "text"'],
])("damaged rows are named with their line: %s", async (line, message) => {
  const good = readFileSync(join(folder, "train.jsonl"), "utf8");
  write("train", [line]);
  try {
    const failed = expect.objectContaining({ code: 1, stderr: expect.stringContaining(message) as unknown });
    await expect(data()).rejects.toEqual(failed);
  } finally {
    writeFileSync(join(folder, "train.jsonl"), good);
  }
});

test("of a model on the Hub only the tokenizer is asked for", async () => {
  const text = program.replace('folder("model")', 'hub("a/model")');
  const { plans } = await check("main.dept", memoryHost({ "main.dept": text }, nodeHost()));
  const [plan] = plans;
  if (!plan) throw new Error("no plan");
  const place = { folder: ".", version: "0.0.0" };
  expect(buildDataScript(plan, place).imports.values).toEqual([
    "choice",
    "hubTokenizer",
    "jsonl",
    "showData",
  ]);
  const { javascript } = await emitData(plan, place);
  expect(javascript).toContain('folder: await hubTokenizer("a/model")');
});
