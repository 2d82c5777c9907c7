// A setting that nothing reads cannot exist: every setting of the language, changed, changes the plan or the script.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { check, emit } from "../../src/compile.ts";
import { Diagnostics } from "../../src/diagnostics/diagnostic.ts";
import { initialisers, type InitialiserName } from "../../src/graph/operations.ts";
import { memoryHost, nodeHost } from "../../src/host.ts";
import { planAsJson } from "../../src/plan/plan-json.ts";
import type { Architecture } from "../../src/program/program.ts";
import { backboneSchema } from "../../src/program/resolve-backbone.ts";
import { taskSchema } from "../../src/program/resolve-task.ts";
import { groupSchema, trainSchema } from "../../src/program/resolve-tune.ts";
import { sourceText } from "../../src/source/source-text.ts";
import type { ArgumentDeclaration } from "../../src/syntax/ast.ts";
import { parse } from "../../src/syntax/parse.ts";

type Block = Readonly<Record<string, string>>;

/** Every way to begin but the base program's own, with each of its arguments changed. */
const initialCalls: Readonly<Record<InitialiserName, readonly string[]>> = {
  zeros: [],
  ones: ["ones()"],
  normal: ["normal(0.1)", "normal(0.2)"],
  uniform: ["uniform(0.1)", "uniform(0.2)"],
  kaiming_uniform: ["kaiming_uniform()", "kaiming_uniform(rows)"],
  xavier_uniform: ["xavier_uniform()"],
  orthogonal: ["orthogonal()"],
  vocabulary: ["vocabulary()"],
  text: ['text("one")', 'text("two")'],
  pretrained: [], // without an argument, and only for weights: test/scenarios/full
  adapter: [
    'adapter("one.safetensors", "P")',
    'adapter("two.safetensors", "P")',
    'adapter("one.safetensors", "Q")',
  ],
};

/** A program with every setting given. */
const given = {
  backbone: {
    architecture: "t5",
    checkpoint: 'folder("a-model")',
    width: "16",
    heads: "4",
    head_width: "4",
    feed_forward: "32",
    encoder_layers: "2",
    decoder_layers: "2",
    activation: "relu",
    head: "tied",
    vocabulary: "128",
  },
  task: {
    train: 'jsonl("train.jsonl")',
    validation: 'jsonl("validation.jsonl")',
    test: 'jsonl("test.jsonl")',
    input: '"{text}"',
    target: 'choice("label", ["no", "yes"])',
    metrics: "[accuracy]",
    max_tokens: "8",
    shots: "4",
  },
  train: {
    steps: "100",
    batch: "8",
    schedule: "linear(warmup = 10)",
    evaluate: "every(50)",
    seed: "1",
    clip: "1.0",
    accumulate: "1",
    buckets: "false",
    memory: "keep",
    optimizer: "adamw()",
    weight_decay: "0.02",
    patience: "4",
  },
  group: { lr: "0.3", weight_decay: "0.01", schedule: "constant()", clip: "0.7" },
  method: { use: "own(length = 4)", initial: "zeros()" },
  budget: { is: "at_most(1_000_000)" },
};

const withPositions = {
  layers: ["2", "3"],
  heads: ["4", "2"],
  feed_forward: ["32", "64"],
  positions: ["64", "32"],
} as const;

/** Backbones of the other architectures, each setting with another value. */
const otherBackbones = {
  gpt2: withPositions,
  llama: {
    layers: ["2", "3"],
    heads: ["4", "8"],
    kv_heads: ["2", "1"],
    head_width: ["4", "8"],
    feed_forward: ["32", "64"],
    head: ["tied", "untied"],
    biases: ["none", "qkv"],
  },
  bert: withPositions,
  roberta: withPositions,
} as const satisfies Readonly<
  Record<Exclude<Architecture, "t5">, Readonly<Record<string, readonly [string, string]>>>
>;

/** Another value for each of them; the same one where the language knows no other. */
const changed: { readonly [Name in keyof typeof given]: Readonly<Record<string, readonly string[]>> } = {
  backbone: {
    architecture: ["t5"],
    activation: ["gated_gelu"],
    head: ["untied"],
    checkpoint: ['folder("another")', 'hub("a/model")'],
    width: ["32"],
    heads: ["8"],
    head_width: ["8"],
    feed_forward: ["64"],
    encoder_layers: ["3"],
    decoder_layers: ["3"],
    vocabulary: ["256"],
  },
  task: {
    train: [
      'jsonl("others.jsonl")',
      'csv("rows.csv")',
      'tsv("rows.csv")',
      'parquet("rows.csv")',
      'hub("a/b", "c", "d")',
      'hub("a/c", "c", "d")',
      'hub("a/b", "b", "d")',
      'hub("a/b", "c", split = "e")',
    ],
    validation: [
      'jsonl("others.jsonl")',
      'shuffled(jsonl("others.jsonl"), first = 50%)',
      'shuffled(jsonl("others.jsonl"), after = 50%)',
      'shuffled(jsonl("others.jsonl"), after = 50)',
      'shuffled(hub("a/b", "c", "d"), after = 50)',
    ],
    test: ['jsonl("others.jsonl")'],
    input: ['"text: {text}"'],
    target: [
      'choice("answer", ["no", "yes"])',
      'choice("label", ["false", "yes"])',
      'choice("label", ["no", "yes"], score = mean)',
      'choice("label", { 0: "no", 1: "yes" })',
      'number("label", from = 0, to = 5, step = 0.2)',
      'number("label", from = 0, to = 5, step = 0.2, score = mean)',
      'number("score", from = 0, to = 5, step = 0.2)',
      'number("label", from = 1, to = 5, step = 0.2)',
      'number("label", from = 0, to = 4, step = 0.2)',
      'number("label", from = 0, to = 5, step = 0.5)',
    ],
    metrics: ["[f1]", "[accuracy, f1]", "[f1, accuracy]", "[macro_f1]", "[matthews]"],
    max_tokens: ["16"],
    shots: ["5", "few(4, validation = 3)", "few(4, validation = 4)", "few(4, seed = 7)", "few(4, seed = 8)"],
  },
  train: {
    steps: ["200"],
    batch: ["16"],
    schedule: ["linear(warmup = 20)", "constant()", "cosine(warmup = 10)", "warmup(10)"],
    evaluate: ["every(25)"],
    seed: ["2"],
    clip: ["0.5"],
    accumulate: ["4"],
    buckets: ["true"],
    memory: ["recompute_attention", "recompute"],
    optimizer: [
      "adamw(beta1 = 0.8)",
      "adamw(beta2 = 0.99)",
      "adamw(epsilon = 1e-6)",
      "adafactor()",
      "adafactor(beta1 = 0.9)",
      "adafactor(decay_rate = -0.5)",
      "adafactor(clip_threshold = 2.0)",
      "adafactor(epsilon = 1e-20)",
      "adafactor(scale_parameter = true)",
      "adafactor(relative_step = true)",
    ],
    weight_decay: ["0.03"],
    patience: ["5"],
  },
  group: {
    lr: ["0.2"],
    weight_decay: ["0.02"],
    schedule: ["linear(warmup = 10)"],
    clip: ["0.6"],
  },
  method: {
    use: ["own(length = 5)", "own(length = auto)"],
    initial: Object.keys(initialisers).flatMap((name) => initialCalls[name as InitialiserName]),
  },
  budget: {
    is: [
      "at_most(2_000_000)",
      "at_most(2_000_000) within 1%",
      "at_most(99% of backbone)",
      "exactly(128)",
      "parity(own(length = 4))",
      "parity(own(length = 4)) within 1%",
    ],
  },
};

type Program = Readonly<Record<keyof typeof given, Block>>;

function programText({ backbone, task, train, group, method, budget }: Program): string {
  const lines = (block: Block) => Object.entries(block).map(([name, value]) => `  ${name} = ${value}`);
  const block = (head: string, settings: Block) => [`${head} {`, ...lines(settings), "}"].join("\n");
  return `${block("backbone b", backbone)}
${block("task t", task)}
method own(length: int) {
  param P: [length, d] = ${method["initial"]} group prompt
  param Q: [length, d] = zeros() group other
  input x: [n, d]
  output concat(P, Q, x)
}
tune it {
  backbone = b
  task     = t
  method   = ${method["use"]}
  budget   = ${budget["is"]}
  ${block("group prompt", group)}
  group other { lr = 0.1 }
  ${block("train", train)}
}`;
}

/** What a reader and a machine see of the program's first tune. */
async function seen(text: string): Promise<string> {
  const { plans, diagnostics } = await check("main.dept", memoryHost({ "main.dept": text }, nodeHost()));
  const [plan] = plans;
  expect(diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message)).toEqual(
    [],
  );
  if (!plan) throw new Error("no plan");
  const { typescript } = await emit(plan, { folder: ".", version: "0.0.0" });
  // Without the hash: it alone would show a change that neither the plan's numbers nor the script knows of.
  return (JSON.stringify(planAsJson(plan)) + typescript).replaceAll(/sha256:\w+/g, "");
}

test.each(Object.keys(changed) as (keyof typeof given)[])(
  "every setting of a %s block changes the plan or the script",
  async (block) => {
    const before = await seen(programText(given));
    for (const [setting, values] of Object.entries(changed[block])) {
      const settings: Block = given[block];
      const written = settings[setting];
      const looks = new Map([[before, written]]);
      for (const value of values) {
        if (value === written) continue;
        const program: Program = { ...given, [block]: { ...settings, [setting]: value } };
        const look = await seen(programText(program));
        expect(looks.get(look), `${setting} = ${value} looks like this one`).toBe(undefined);
        looks.set(look, value);
      }
    }
  },
);

test.each(Object.entries(otherBackbones))(
  "every dimension of a %s backbone changes the plan or the script",
  async (architecture, dimensions) => {
    const { checkpoint, width, vocabulary } = given.backbone;
    const own = Object.fromEntries(Object.entries(dimensions).map(([name, [first]]) => [name, first]));
    const settings: Block = { architecture, checkpoint, width, ...own, vocabulary };
    const text = (backbone: Block) => programText({ ...given, backbone });
    const before = await seen(text(settings));
    for (const [name, [, second]] of Object.entries(dimensions))
      expect(await seen(text({ ...settings, [name]: second })), name).not.toBe(before);
    const known = Object.keys(backboneSchema(architecture as Architecture));
    expect(Object.keys(settings).sort()).toEqual(known.sort());
  },
);

test("every argument of a free text target changes the plan or the script", async () => {
  const targets = [
    'text("{label}", max_tokens = 8)',
    'text("{answer}", max_tokens = 8)',
    'text("{label}", max_tokens = 9)',
    'text("{label}", max_tokens = 8, beams = 2)',
    'text("{label}", max_tokens = 8, beams = 2, length_penalty = 2)',
  ];
  const { shots: _, ...task } = given.task; // shots are drawn of classes, which free text has not
  const looks = new Set<string>();
  for (const target of targets) looks.add(await seen(programText({ ...given, task: { ...task, target } })));
  expect(looks.size).toBe(targets.length);
});

test("the walk knows every setting of the language", () => {
  const schemas = {
    backbone: backboneSchema("t5"),
    task: taskSchema,
    train: trainSchema,
    group: groupSchema,
  };
  for (const [block, schema] of Object.entries(schemas)) {
    const known = Object.keys(schema).sort();
    expect(Object.keys(changed[block as keyof typeof schemas]).sort(), block).toEqual(known);
    expect(Object.keys(given[block as keyof typeof schemas]).sort(), block).toEqual(known);
  }
});

test("a setting with one value only is the architecture: another one has other settings", () => {
  const single = Object.entries(changed).flatMap(([block, settings]) =>
    Object.entries(settings).flatMap(([setting, values]) => {
      const written = (given[block as keyof typeof given] as Block)[setting];
      return values.every((value) => value === written) ? [setting] : [];
    }),
  );
  expect(single).toEqual(["architecture"]);
  expect(backboneSchema("t5").architecture.example).toBe("architecture = t5");
});

/** Two values that an argument of each type can take. */
function argumentValues({ type, name }: ArgumentDeclaration): readonly [string, string] {
  if (type.text === "text") return ['"a few words"', '"other words"'];
  const files = (letter: string) => `"${letter}1.safetensors", "${letter}2.safetensors"`;
  if (type.text === "file" && name.text === "sources") return [`[${files("a")}]`, `[${files("b")}]`];
  return type.text === "file" ? ['"a.safetensors"', '"b.safetensors"'] : ["4", "5"];
}

/** Arguments that only fit together: d = 128 = part × blocks, s = 48 = offset_part × offset_blocks; two sources are two. */
const tied: Readonly<Record<string, readonly (readonly (readonly [string, string])[])[]>> = {
  attempt: [
    [["count", "2"]],
    [["length", "5"]],
    [["hidden", "5"]],
    [["temperature", "5.0"]],
    [["sources", '["b1.safetensors", "b2.safetensors"]']],
    [
      ["count", "1"],
      ["sources", '"a1.safetensors"'],
    ],
  ],
  accept: [
    [
      ["part", "32"],
      ["blocks", "4"],
      ["offset_part", "32"],
      ["offset_blocks", "4"],
    ],
    [["length", "5"]],
    [["words", "5"]],
    [["offset_words", "5"]],
    [
      ["part", "16"],
      ["blocks", "8"],
    ],
    [
      ["offset_part", "16"],
      ["offset_blocks", "8"],
    ],
  ],
};

const methods = readFileSync("stdlib/methods.dept", "utf8");
const declared = parse(sourceText("methods.dept", methods), new Diagnostics()).declarations.flatMap((each) =>
  each.kind === "MethodDeclaration" ? [each] : [],
);

test.each(declared.map((method) => [method.name.text, method] as const))(
  "every argument of %s changes the plan or the script",
  async (name, method) => {
    const groups = new Set(
      method.items.flatMap((item) =>
        item.kind === "ParameterDeclaration"
          ? item.annotations.flatMap((each) => (each.kind === "GroupAnnotation" ? [each.group.text] : []))
          : [],
      ),
    );
    const program = (values: ReadonlyMap<string, string>) => `import { wordnet_t5 } from "std/backbones"
import { gloss_supersense } from "std/tasks/wordnet"
import { ${name} } from "std/methods"
tune it {
  backbone = wordnet_t5
  task     = gloss_supersense
  method   = ${name}(${[...values].map(([argument, value]) => `${argument} = ${value}`).join(", ")})
  ${[...groups].map((group) => `group ${group} { lr = 0.3 }`).join("\n")}
  train { steps = 10 }
}`;
    const given = method.arguments.map(
      (argument) => [argument.name.text, argumentValues(argument)[0]] as const,
    );
    const values = new Map([...given, ...(tied[name]?.[0] ?? [])]);
    const before = await seen(program(values));
    const varied =
      tied[name]?.slice(1) ??
      method.arguments.map((argument) => [[argument.name.text, argumentValues(argument)[1]] as const]);
    for (const change of varied)
      expect(await seen(program(new Map([...values, ...change]))), String(change)).not.toBe(before);
  },
);
