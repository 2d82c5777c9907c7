// Every method of std/methods against the count its source prints, or the one recomputed from the shapes it describes.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { check } from "../../src/compile.ts";
import { memoryHost, nodeHost } from "../../src/host.ts";
import { openSafetensors } from "../../src/runtime/weights/safetensors.ts";

const declared = [...readFileSync("stdlib/methods.dept", "utf8").matchAll(/^method (\w+)/gm)].map(
  (match) => match[1] ?? "",
);

/** The method's only tune, on a T5 of that width with inputs of at most s tokens. */
async function planOf(use: string, width: number, maxTokens: number) {
  const groups = ["prompt", "pair", "offset", "network", "attention", "factor", "router", "tokens"];
  const program = (names: readonly string[]) => `
import { wordnet_t5 } from "std/backbones"
import { gloss_supersense } from "std/tasks/wordnet"
import { ${use.split("(")[0]} } from "std/methods"
tune it {
  backbone = wordnet_t5 { width = ${width} }
  task     = gloss_supersense { max_tokens = ${maxTokens} }
  method   = ${use}
  ${names.map((name) => `group ${name} { lr = 0.3 }`).join("\n  ")}
  train { steps = 10 }
}`;
  const run = (names: readonly string[]) =>
    check("main.dept", memoryHost({ "main.dept": program(names) }, nodeHost()));
  // Groups that the method does not have are reported; the second try leaves them out.
  const strangers = (await run(groups)).diagnostics.flatMap(({ code, message }) =>
    code === "plan/unused-group" ? [message.split(" ")[1] ?? ""] : [],
  );
  const { plans, diagnostics } = await run(groups.filter((name) => !strangers.includes(name)));
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  return plans[0];
}

const file = '"prompt.safetensors"';
const files = `[${Array.from({ length: 6 }, (_, i) => `"${i}.safetensors"`).join(", ")}]`;

test.each([
  ["prompt_tuning(length = 100)", 768, 256, 76_800, 100],
  ["dept(length = 40, rank = 45)", 768, 256, 76_800, 40],
  ["dept(length = 60, rank = 30)", 768, 348, 79_560, 60],
  ["dept_released(length = 60, rank = 30)", 768, 256, 76_800, 60],
  ["adept(length = 60, hidden = 19)", 768, 256, 76_051, 60],
  ["dpt(length = 100)", 768, 256, 8_680, 100],
  ["dpt(length = 100, rank = 10)", 1024, 256, 11_240, 100],
  ["lopt_2(length = 100, rank = 10)", 768, 256, 15_360, 100],
  ["ulpt(length = 100, rank = 2)", 768, 256, 1_736, 100],
  ["ulpt(length = 100, rank = 64)", 768, 256, 7_936, 100],
  ["residual_prompt_tuning(length = 100, hidden = 400)", 1024, 256, 925_072, 100],
  ["p_tuning(length = 20, hidden = 3072)", 3072, 64, 28_382_208, 20],
  [`spot(length = 100, source = ${file})`, 768, 256, 76_800, 100],
  [`attempt(length = 100, count = 6, sources = ${files})`, 768, 256, 231_936, 100],
  [`mpt(length = 100, source = ${file})`, 768, 256, 77_668, 100],
  ["smop(length = 5, experts = 4)", 768, 256, 18_432, 5],
  ['trainable_tokens(count = 3, words = "yes no maybe")', 768, 256, 2_304, 0],
  [
    "accept(length = 60, part = 32, words = 20, blocks = 24, offset_part = 256, offset_words = 20, offset_blocks = 3)",
    768,
    256,
    74_880,
    60,
  ],
  ['cpt(length = 8, context = "a kind of")', 768, 256, 6_144, 8],
])("%s trains what its source counts (d = %i, s = %i)", async (use, width, maxTokens, trained, added) => {
  const plan = await planOf(use, width, maxTokens);
  expect([plan?.trained, plan?.addedPositions]).toEqual([trained, added]);
});

const counted = JSON.parse(readFileSync("test/fixtures/inside/golden.json", "utf8")).countsOnT5Base;

test.each([
  // PEFT's own counts, made by the fixture's script.
  ["lora(rank = 8)", "lora", counted["lora(rank = 8)"], 0],
  ["lora(rank = 32)", "lora", counted["lora(rank = 32)"], 0],
  ["ia3()", "ia3", counted["ia3()"], 0],
  // 36 attentions of 4 × 768 and 24 feed-forward blocks of 3,072 + 768.
  ["bitfit()", "bitfit", 202_752, 202_752],
  ["prefix_tuning(length = 10)", "prefix", 36 * 2 * 10 * 768, 552_960],
  // 48 bottlenecks; 1.9M is printed with T5's norms, which stay frozen here.
  ["adapter(size = 24)", "adapter", 48 * (2 * 768 * 24 + 24 + 768), 1_807_488],
  // All of T5-base, the tied table once.
  ["full_fine_tuning()", "weights", 222_903_552, 222_903_552],
])("%s trains and stores on T5-base what is counted elsewhere", async (use, group, trained, stored) => {
  const program = `
import { t5_base } from "std/backbones"
import { gloss_supersense } from "std/tasks/wordnet"
import { ${use.split("(")[0]} } from "std/methods"
tune it {
  backbone = t5_base
  task     = gloss_supersense
  method   = ${use}
  group ${group} { lr = 0.001 }
  train { steps = 10 }
}`;
  const { plans, diagnostics } = await check("main.dept", memoryHost({ "main.dept": program }, nodeHost()));
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  expect(plans[0]?.trained).toBe(trained);
  expect(plans[0]?.addedPositions).toBe(0);
  expect(plans[0]?.stored.reduce((sum, { count }) => sum + count, 0)).toBe(stored);
});

const others = JSON.parse(readFileSync("test/fixtures/inside/others.json", "utf8")).counts;

test.each([
  // PEFT's own counts, made by the fixture's script; of SmolLM2's 9 heads 3 have keys and values.
  ["lora(rank = 8)", "lora", "smollm2_135m", others.smollm2_135m["lora(rank = 8)"], 460_800],
  ["ia3()", "ia3", "smollm2_135m", others.smollm2_135m["ia3()"], 30 * (2 * 192 + 1_536)],
  [
    "prefix_tuning(length = 10)",
    "prefix",
    "smollm2_135m",
    others.smollm2_135m["prefix_tuning(length = 10)"],
    115_200,
  ],
  ["prefix_tuning(length = 10)", "prefix", "gpt2", others.gpt2["prefix_tuning(length = 10)"], 184_320],
  ["lora(rank = 8)", "lora", "bert_base", others.bert_base["lora(rank = 8)"], 294_912],
  ["ia3()", "ia3", "bert_base", others.bert_base["ia3()"], 12 * (2 * 768 + 3_072)],
  // What PEFT does not have, or has for GPT-2's query, key and value as one.
  ["lora(rank = 8)", "lora", "gpt2", 12 * 2 * 8 * (768 + 768), 294_912],
  ["ia3()", "ia3", "gpt2", 12 * (2 * 768 + 3_072), 55_296],
  ["bitfit()", "bitfit", "smollm2_135m", 30 * (576 + 2 * 192 + 576 + 1_536 + 576), 109_440],
  ["bitfit()", "bitfit", "bert_base", 12 * (5 * 768 + 3_072), 82_944],
  ["adapter(size = 24)", "adapter", "gpt2", 24 * (2 * 768 * 24 + 24 + 768), 903_744],
])("%s (group %s) trains on %s what is counted elsewhere", async (use, group, backbone, counted, trained) => {
  const program = `
import { ${backbone} } from "std/backbones"
import { creature_or_dish } from "./task.dept"
import { ${use.split("(")[0]} } from "std/methods"
tune it {
  backbone = ${backbone}
  task     = creature_or_dish
  method   = ${use}
  group ${group} { lr = 0.001 }
  train { steps = 10 }
}`;
  const files = { "main.dept": program, "task.dept": readFileSync("test/scenarios/data/task.dept", "utf8") };
  const { plans, diagnostics } = await check("main.dept", memoryHost(files, nodeHost()));
  expect(diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message)).toEqual(
    [],
  );
  expect([plans[0]?.trained, counted]).toEqual([trained, trained]);
});

test.each([
  // Published totals, and for T5 1.1 and Flan those of their configurations: gates, and a head of its own.
  ["t5_small", 60_506_624],
  ["t5_base", 222_903_552],
  ["t5_large", 737_668_096],
  ["t5_1_1_small", 76_961_152],
  ["flan_t5_small", 76_961_152],
  ["flan_t5_base", 247_577_856],
  ["wordnet_t5", realEntries("stdlib/data/wordnet-t5/model.safetensors")],
])("full fine-tuning of %s trains every weight once: %i", async (backbone, count) => {
  const program = `
import { ${backbone} } from "std/backbones"
import { gloss_supersense } from "std/tasks/wordnet"
import { full_fine_tuning } from "std/methods"
tune it {
  backbone = ${backbone}
  task     = gloss_supersense
  method   = full_fine_tuning()
  group weights { lr = 0.001 }
  train { steps = 10 }
}`;
  const { plans } = await check("main.dept", memoryHost({ "main.dept": program }, nodeHost()));
  expect(plans[0]?.trained).toBe(count);
});

/** Entries of all tensors of a checkpoint, one with the values of another left out. */
function realEntries(path: string): number {
  const file = openSafetensors(path);
  const tables = [...file.tensors.keys()].filter(
    (name) => name !== "lm_head.weight" && !/embed_tokens/.test(name),
  );
  const sizes = tables.map((name) => file.read(name).data.length);
  file.close();
  return sizes.reduce((sum, size) => sum + size, 0);
}

test("the tables above hold every method of the library, and docs/methods.md does, too", () => {
  const source = readFileSync("test/stdlib/methods.test.ts", "utf8");
  const page = readFileSync("docs/methods.md", "utf8");
  for (const name of declared) {
    expect(source).toMatch(new RegExp(`["\`']${name}\\(`));
    expect(page).toContain(`\`${name}\``);
  }
  expect(declared.length).toBeGreaterThan(12);
});

test("ULPT stores what it trains: its random factor is the seed's", async () => {
  const plan = await planOf("ulpt(length = 100, rank = 2)", 768, 256);
  const kept = plan?.tensors.filter(({ redrawn }) => !redrawn).map(({ name }) => name);
  expect(kept).toEqual(["Z", "g", "c"]);
  expect(plan?.tensors.find(({ name }) => name === "R")?.group).toBeUndefined();
});

test("what depends on the words is never folded, what does not always is", async () => {
  const folded = async (use: string) =>
    (await planOf(use, 768, 256))?.stored.map(({ text, shape }) => `${text} [${shape.join(", ")}]`);
  expect(await folded("residual_prompt_tuning(length = 10, hidden = 4)")).toHaveLength(1);
  expect(await folded("smop(length = 5, experts = 4)")).toEqual([
    "W [768, 4]",
    "reshape(P, [experts, length * d]) [4, 3840]",
  ]);
});

test("the library is sound on its own, and what docs/methods.md writes out is, too", async () => {
  expect((await check("std/methods.dept", nodeHost())).diagnostics).toEqual([]);
  const page = readFileSync("docs/methods.md", "utf8");
  const blocks = [...page.matchAll(/```dept\n([^]*?)```/g)].map(([, text = ""]) => text);
  const all = await check("main.dept", memoryHost({ "main.dept": blocks.join("\n") }, nodeHost()));
  expect(all.diagnostics).toEqual([]);
});

test("a method of a paper takes the text that docs/methods.md shows and nothing else", async () => {
  const page = readFileSync("docs/methods.md", "utf8");
  const [, written = ""] = /```dept\n([^`]*?method lopt_2[^`]*?)```/.exec(page) ?? [];
  // The same lines stand in the library, where no other file knows of them.
  expect(readFileSync("stdlib/methods.dept", "utf8")).toContain(written);
  const [, name = ""] = /^method (\w+)/m.exec(written) ?? [];
  const library = await planOf(`${name}(length = 100, rank = 10)`, 768, 256);
  const tune = `
tune it {
  backbone = wordnet_t5 { width = 768 }
  task     = gloss_supersense { max_tokens = 256 }
  method   = ${name}(length = 100, rank = 10)
  group prompt { lr = 0.3 }
  train { steps = 10 }
}`;
  const imports = `import { wordnet_t5 } from "std/backbones"\nimport { gloss_supersense } from "std/tasks/wordnet"\n`;
  const own = await check("main.dept", memoryHost({ "main.dept": imports + written + tune }, nodeHost()));
  expect(own.diagnostics).toEqual([]);
  expect(own.plans[0]?.tensors).toEqual(library?.tensors);
  expect(own.plans[0]?.trained).toBe(library?.trained);
});
