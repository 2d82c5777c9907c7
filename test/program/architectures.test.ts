// Parameters of published models, as transformers counts them for their config.json.

import { expect, test } from "vitest";
import { check } from "../../src/compile.ts";
import { memoryHost, nodeHost } from "../../src/host.ts";
import { architectures } from "../../src/program/architectures.ts";
import type { Architecture } from "../../src/program/program.ts";

type Row = readonly [name: string, d: number, vocabulary: number, values: object, parameters: number];

const t5 = (heads: number, feed_forward: number, layers: number, variant: object = {}) => ({
  heads,
  head_width: 64,
  feed_forward,
  encoder_layers: layers,
  decoder_layers: layers,
  activation: "relu",
  head: "tied",
  ...variant,
});
const t5v11 = { activation: "gated_gelu", head: "untied" };
const learned = (layers: number, heads: number, feed_forward: number, positions: number) => ({
  layers,
  heads,
  feed_forward,
  positions,
});
const llama = (layers: number, heads: number, kv_heads: number, feed_forward: number, more: object = {}) => ({
  layers,
  heads,
  kv_heads,
  head_width: 128,
  feed_forward,
  head: "untied",
  biases: "none",
  ...more,
});
const tied = { head: "tied", head_width: 64 };
const qwen = { head: "tied", biases: "qkv" };

const published: Readonly<Record<Architecture, readonly Row[]>> = {
  t5: [
    ["T5 small", 512, 32_128, t5(8, 2048, 6), 60_506_624],
    ["T5 base", 768, 32_128, t5(12, 3072, 12), 222_903_552],
    ["T5 large", 1024, 32_128, t5(16, 4096, 24), 737_668_096],
    ["T5 1.1 small", 512, 32_128, t5(6, 1024, 8, t5v11), 76_961_152],
    ["T5 1.1 base", 768, 32_128, t5(12, 2048, 12, t5v11), 247_577_856],
    ["T5 1.1 large", 1024, 32_128, t5(16, 2816, 24, t5v11), 783_150_080],
    ["T5 1.1 xl", 2048, 32_128, t5(32, 5120, 24, t5v11), 2_849_757_184],
  ],
  gpt2: [
    ["GPT-2", 768, 50_257, learned(12, 12, 3072, 1024), 124_439_808],
    ["GPT-2 medium", 1024, 50_257, learned(24, 16, 4096, 1024), 354_823_168],
    ["GPT-2 large", 1280, 50_257, learned(36, 20, 5120, 1024), 774_030_080],
    ["GPT-2 xl", 1600, 50_257, learned(48, 25, 6400, 1024), 1_557_611_200],
  ],
  llama: [
    ["Llama 2 7B", 4096, 32_000, llama(32, 32, 32, 11_008), 6_738_415_616],
    ["Llama 2 13B", 5120, 32_000, llama(40, 40, 40, 13_824), 13_015_864_320],
    ["Llama 3.1 8B", 4096, 128_256, llama(32, 32, 8, 14_336), 8_030_261_248],
    ["Llama 3.2 1B", 2048, 128_256, llama(16, 32, 8, 8192, tied), 1_235_814_400],
    ["Llama 3.2 3B", 3072, 128_256, llama(28, 24, 8, 8192, { head: "tied" }), 3_212_749_824],
    ["SmolLM2 135M", 576, 49_152, llama(30, 9, 3, 1536, tied), 134_515_008],
    ["SmolLM2 360M", 960, 49_152, llama(32, 15, 5, 2560, tied), 361_821_120],
    ["SmolLM2 1.7B", 2048, 49_152, llama(24, 32, 32, 8192, tied), 1_711_376_384],
    ["Qwen 2.5 0.5B", 896, 151_936, llama(24, 14, 2, 4864, { ...qwen, head_width: 64 }), 494_032_768],
    ["Qwen 2.5 1.5B", 1536, 151_936, llama(28, 12, 2, 8960, qwen), 1_543_714_304],
    ["Qwen 2.5 3B", 2048, 151_936, llama(36, 16, 2, 11_008, qwen), 3_085_938_688],
    ["Mistral 7B v0.1", 4096, 32_000, llama(32, 32, 8, 14_336), 7_241_732_096],
    ["Mistral 7B v0.3", 4096, 32_768, llama(32, 32, 8, 14_336), 7_248_023_552],
  ],
  bert: [
    ["BERT base", 768, 30_522, learned(12, 12, 3072, 512), 109_514_298],
    ["BERT large", 1024, 30_522, learned(24, 16, 4096, 512), 335_174_458],
  ],
  roberta: [
    ["RoBERTa base", 768, 50_265, learned(12, 12, 3072, 514), 124_697_433],
    ["RoBERTa large", 1024, 50_265, learned(24, 16, 4096, 514), 355_412_057],
  ],
};

const rows = Object.entries(published).flatMap(([architecture, models]) =>
  models.map(([name, ...rest]) => [name, architecture as Architecture, ...rest] as const),
);

test.each(rows)("%s has as many parameters as published", (_, architecture, d, vocabulary, values, count) => {
  const row = architectures[architecture];
  expect(Object.keys(values).sort()).toEqual(Object.keys(row.settings).sort());
  expect(row.parameters(d, vocabulary, values as Readonly<Record<string, number | string>>)).toBe(count);
});

const standard = [
  ["t5_small", 60_506_624],
  ["t5_base", 222_903_552],
  ["t5_large", 737_668_096],
  ["gpt2", 124_439_808],
  ["gpt2_medium", 354_823_168],
  ["gpt2_large", 774_030_080],
  ["gpt2_xl", 1_557_611_200],
  ["llama_2_7b", 6_738_415_616],
  ["llama_2_13b", 13_015_864_320],
  ["llama_3_1_8b", 8_030_261_248],
  ["llama_3_2_1b", 1_235_814_400],
  ["llama_3_2_3b", 3_212_749_824],
  ["smollm2_135m", 134_515_008],
  ["smollm2_360m", 361_821_120],
  ["smollm2_1_7b", 1_711_376_384],
  ["qwen_2_5_0_5b", 494_032_768],
  ["qwen_2_5_1_5b", 1_543_714_304],
  ["qwen_2_5_3b", 3_085_938_688],
  ["mistral_7b", 7_248_023_552],
] as const;

test.each(standard)("a share of %s is a share of its published parameters", async (name, parameters) => {
  const text = `import { ${name} } from "std/backbones"
import { gloss_supersense } from "std/tasks/wordnet"
import { prompt_tuning } from "std/methods"
tune it {
  backbone = ${name}
  task     = gloss_supersense
  method   = prompt_tuning(length = 10)
  budget   = at_most(100% of backbone)
  group prompt { lr = 0.3 }
  train { steps = 10 }
}`;
  const { plans } = await check("main.dept", memoryHost({ "main.dept": text }, nodeHost()));
  expect(plans[0]?.budget?.count).toBe(parameters);
});
