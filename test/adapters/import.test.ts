import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { check } from "../../src/compile.ts";
import { nodeHost } from "../../src/host.ts";
import { specHash } from "../../src/plan/spec-hash.ts";
import { readSafetensors } from "../../src/runtime/weights/safetensors.ts";
import { readTorchFile } from "../../src/runtime/weights/torch-file.ts";
import { writeSafetensors } from "../../src/runtime/weights/write-safetensors.ts";

const released = "../shared/data/dept-official-adapters";
const folder = () => mkdtempSync(join(tmpdir(), "dept-import-"));

async function dept(...args: readonly string[]) {
  const written = { out: "", err: "" };
  const code = await main(args, {
    host: nodeHost(),
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    color: false,
  });
  return { code, ...written };
}

test.skipIf(!existsSync(released))(
  "a released adapter becomes a program that checks and a sound adapter",
  async () => {
    const to = join(folder(), "cola");
    const { code, err } = await dept("import", `${released}/cola`, "-o", to);
    expect(code).toBe(0);
    expect(err).toContain('dead in the source: bias = "none"');
    const { plans, diagnostics } = await check(join(to, "cola.dept"), nodeHost());
    expect(diagnostics).toEqual([]);
    expect(plans.map(({ trained }) => trained)).toEqual([76_800]);
    const { tensors, metadata } = readSafetensors(join(to, "adapter.safetensors"));
    expect(plans.map(specHash)).toEqual([metadata["spec"]]);
    expect((await dept("verify", to)).code).toBe(0);
    const source = readTorchFile(`${released}/cola/adapter_model.bin`);
    expect(tensors["A"]?.data).toEqual(source.get("prompt_encoder.lora_embedding_A")?.values);
    const { offset } = readSafetensors(join(to, "folded.safetensors")).tensors;
    const [A, B] = [tensors["A"]?.data ?? [], tensors["B"]?.data ?? []];
    const entry = Array.from({ length: 15 }, (_, r) => (A[3 * 15 + r] ?? 0) * (B[r * 768 + 5] ?? 0));
    const expected = (8 / Math.sqrt(15)) * entry.reduce((sum, value) => sum + value, 0);
    expect(offset?.data[3 * 768 + 5]).toBeCloseTo(expected, 4);
  },
);

test.skipIf(!existsSync(released))(
  "an incomplete adapter is not imported, and nothing is written",
  async () => {
    const to = join(folder(), "nq");
    const { code, err } = await dept("import", `${released}/nq`, "-o", to);
    expect([code, existsSync(to)]).toEqual([1, false]);
    expect(err).toContain("nothing was imported");
    expect(err).toContain("prompt_encoder.lora_embedding_A [512, 24] is missing");
  },
);

function peftFolder(change: object = {}): string {
  const path = join(folder(), "2 tones");
  mkdirSync(path);
  const config = {
    base_model_name_or_path: "google-t5/t5-small",
    num_layers: 6,
    num_transformer_submodules: 2,
    num_virtual_tokens: 4,
    peft_type: "PROMPT_TUNING",
    token_dim: 512,
    tokenizer_name_or_path: null,
    ...change,
  };
  writeFileSync(join(path, "adapter_config.json"), JSON.stringify(config));
  const data = Float32Array.from({ length: 8 * 512 }, (_, at) => at);
  writeSafetensors(join(path, "adapter_model.safetensors"), { prompt_embeddings: { shape: [8, 512], data } });
  return path;
}

test("of peft's prompt the rows its forward reads are imported, and come back as peft writes them", async () => {
  const to = join(folder(), "out");
  expect((await dept("import", peftFolder(), "-o", to)).code).toBe(0);
  expect(readdirSync(to).sort()).toEqual(["_2_tones.dept", "adapter.safetensors", "folded.safetensors"]);
  expect((await check(join(to, "_2_tones.dept"), nodeHost())).diagnostics).toEqual([]);
  expect(readFileSync(join(to, "_2_tones.dept"), "utf8")).toContain("/// Dead in the source: num_layers = 6");
  const back = join(folder(), "back");
  expect((await dept("export", to, "--peft", back)).code).toBe(0);
  expect(readdirSync(back).sort()).toEqual(["adapter_config.json", "adapter_model.safetensors"]);
  const { shape, data } =
    readSafetensors(join(back, "adapter_model.safetensors")).tensors["prompt_embeddings"] ?? {};
  expect([shape, data?.[4 * 512 - 1]]).toEqual([[4, 512], 4 * 512 - 1]);
});

test.each([
  [{ peft_type: "LORA", r: 2 }, /LORA cannot be imported; what can is PROMPT_TUNING/],
  [{ base_model_name_or_path: "gpt2" }, /was trained on gpt2, which std\/backbones has not/],
  [{ num_virtual_tokens: 3 }, /nothing was imported\n.*\n {2}false: prompt_embeddings is \[8, 512\]/],
])("what cannot be imported is said: %j", async (change, message) => {
  const { code, err } = await dept("import", peftFolder(change), "-o", join(folder(), "out"));
  expect(code).toBe(1);
  expect(err).toMatch(message);
});
