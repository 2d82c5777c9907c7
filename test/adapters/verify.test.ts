import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findAdapters } from "../../src/adapters/find-adapters.ts";
import type { Verification } from "../../src/adapters/verification.ts";
import { verifyAdapter } from "../../src/adapters/verify-adapter.ts";
import { saveAdapter, saveManifest } from "../../src/runtime/adapters/save-adapter.ts";
import { seededValues } from "../../src/runtime/prompts/initial-values.ts";
import { createRunFolder } from "../../src/runtime/train/run-folder.ts";
import type { RunRecord } from "../../src/runtime/train/run-record.ts";
import { writeSafetensors } from "../../src/runtime/weights/write-safetensors.ts";
import { sampleRecord } from "../support/sample-record.ts";

const released = "../shared/data/dept-official-adapters";
const folder = () => mkdtempSync(join(tmpdir(), "dept-verify-"));
const verify = (path: string): readonly Verification[] => findAdapters(path).map(verifyAdapter);
const textsOf = (path: string): readonly string[] =>
  verify(path).flatMap(({ findings }) => findings.map(({ kind, text }) => `${kind}: ${text}`));

test.skipIf(!existsSync(released))(
  "of the 17 released adapters three are incomplete, one is over its budget and nothing is false",
  () => {
    const found = verify(released);
    expect(found.length).toBe(17);
    const having = (kind: string) =>
      found
        .filter(({ findings }) => findings.some((each) => each.kind === kind))
        .map(({ path }) => path.split("/").at(-1));
    expect(having("incomplete")).toEqual(["hotpotqa", "nq", "superglue-wic"]);
    expect(having("budget")).toEqual(["superglue-multirc"]);
    expect(having("false")).toEqual([]);
    expect(found.filter(({ weights }) => weights).length).toBe(5);
    expect(textsOf(`${released}/superglue-multirc`)).toEqual([
      "budget: 79,560 trained, 3.59% more than the 76,800 of a prompt of 100 rows",
    ]);
    expect(textsOf(`${released}/cola`)).toEqual([
      "note: rows 49 to 255 of A stayed within ±0.258, where A begins: they were hardly or never trained",
    ]);
  },
);

/** A run's folder as `fit` leaves it: every value moved, but for the rows of A from `trainedRows` on. */
function runFolder(trainedRows = 48, change: Partial<RunRecord> = {}) {
  const record = sampleRecord({ spec: `sha256:${"9c".repeat(32)}`, ...change });
  const values = new Map(
    record.tensors.map(({ name, shape, initialiser }) => {
      const width = shape[1] ?? 1;
      const began =
        initialiser.kind === "kaimingUniform" || initialiser.kind === "zeros"
          ? seededValues(name, initialiser, 42)
          : new Float32Array((shape[0] ?? 1) * width);
      const still = (at: number) => name === "A" && Math.floor(at / width) >= trainedRows;
      return [name, began.map((value, at) => (still(at) ? value : value + 0.5))];
    }),
  );
  const run = createRunFolder(folder(), "it");
  saveAdapter(run, record, values);
  saveManifest(run, record);
  return { run, record, values };
}

test("an adapter as a run leaves it is sound, with its adapter.json and without", () => {
  const { run } = runFolder();
  expect(textsOf(run.path)).toEqual([]);
  const alone = join(folder(), "moved.safetensors");
  cpSync(run.adapter, alone);
  expect(verify(alone)).toMatchObject([
    { format: "dept", method: "quickstart", base: "wordnet-t5", trained: 2_688, findings: [] },
  ]);
});

test("rows that no input reached are noted, and a tensor that never moved is false", () => {
  const shorter = runFolder(31);
  expect(textsOf(shorter.run.path)).toEqual(["note: rows 31 to 47 of A were never trained"]);
  const { run, record, values } = runFolder(0);
  expect(textsOf(run.path)).toEqual(["false: A is what it began as: it was never trained"]);
  values.get("B")?.fill(0);
  saveAdapter(run, record, values);
  saveManifest(run, record);
  expect(textsOf(run.path)).toContain("false: B is what it began as: it was never trained");
});

test("a count, a value and a manifest that contradict the file are each named", () => {
  const { run, record, values } = runFolder(48, { trained: 2_700 });
  expect(textsOf(run.path)).toEqual([
    "false: its tensors hold 2688 numbers; the budget it was planned with is 2700",
  ]);
  (values.get("P") ?? [])[7] = NaN;
  saveAdapter(run, { ...record, trained: 2_688 }, values);
  expect(textsOf(run.path)).toEqual([
    "false: P: 1 of 1280 values are not finite",
    "false: trained in adapter.json is not what the adapter's file has",
    "false: adapter.sha256 in adapter.json is not what the adapter's file has",
  ]);
});

test("a tensor that is missing, too many or of another shape is named", () => {
  const { run, values } = runFolder();
  const data = (name: string) => values.get(name) ?? new Float32Array();
  const metadata = metadataOf(run.adapter);
  const alone = join(folder(), "changed.safetensors");
  writeSafetensors(
    alone,
    {
      P: { shape: [128, 10], data: data("P") },
      B: { shape: [8, 128], data: data("B") },
      C: { shape: [1], data: new Float32Array(1) },
    },
    metadata,
  );
  expect(textsOf(alone)).toEqual([
    "false: P is [128, 10]; its configuration says [10, 128]",
    "incomplete: A [48, 8] is missing",
    "false: C [1] is of no tensor that its configuration names",
  ]);
});

function metadataOf(path: string): Record<string, string> {
  const bytes = readFileSync(path);
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + Number(bytes.readBigUInt64LE())));
  return header["__metadata__"];
}

/** A folder of peft with tensors of these shapes, all ones. */
function peftFolder(config: object, shapes: Readonly<Record<string, readonly number[]>>): string {
  const path = folder();
  mkdirSync(path, { recursive: true });
  writeFileSync(
    join(path, "adapter_config.json"),
    JSON.stringify({ base_model_name_or_path: "t5-small", ...config }),
  );
  const ones = (shape: readonly number[]) => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1);
  const tensors = Object.entries(shapes).map(([name, shape]) => [name, { shape, data: ones(shape) }]);
  writeSafetensors(join(path, "adapter_model.safetensors"), Object.fromEntries(tensors));
  return path;
}

const prompt = { num_virtual_tokens: 10, token_dim: 32, num_transformer_submodules: 2, num_layers: 6 };
const q = "base_model.model.encoder.block.0.layer.0.SelfAttention.q";

test.each([
  [{ peft_type: "PROMPT_TUNING", ...prompt }, { prompt_embeddings: [20, 32] }, []],
  [{ peft_type: "P_TUNING", ...prompt }, { prompt_embeddings: [20, 32] }, []],
  [{ peft_type: "PREFIX_TUNING", ...prompt }, { prompt_embeddings: [10, 384] }, []],
  [
    { peft_type: "PREFIX_TUNING", ...prompt },
    { prompt_embeddings: [10, 32] },
    ["false: prompt_embeddings is [10, 32]; its configuration says [10, 384]"],
  ],
  [
    { peft_type: "LORA", r: 4, target_modules: ["q"] },
    { [`${q}.lora_A.weight`]: [4, 32], [`${q}.lora_B.weight`]: [32, 4] },
    [],
  ],
  [
    { peft_type: "LORA", r: 8, target_modules: ["q"] },
    { [`${q}.lora_A.weight`]: [4, 32], [`${q}.lora_B.weight`]: [32, 8] },
    [
      `false: ${q}.lora_A.weight is [4, 32]; its configuration says rank 8`,
      `false: ${q}.lora_B.weight is [32, 8]; its configuration says rank 8`,
    ],
  ],
  [
    { peft_type: "LORA", r: 4, target_modules: ["q", "v"] },
    { [`${q}.lora_A.weight`]: [4, 32] },
    [
      "incomplete: there is no tensor of v, which was trained",
      `incomplete: ${q}.lora_B.weight is missing beside ${q}.lora_A.weight`,
    ],
  ],
  [
    { peft_type: "IA3", target_modules: ["q", "wo"] },
    { [`${q}.ia3_l`]: [32, 1] },
    ["incomplete: there is no tensor of wo, which was trained"],
  ],
  [
    { peft_type: "OFT" },
    { oft: [1] },
    ["note: what OFT trains is not known here; only the values were looked at"],
  ],
])("peft: %j with %j", (config, shapes, expected) => {
  expect(textsOf(peftFolder(config, shapes))).toEqual(expected);
});

test("every run below a folder is found, in the order of their numbers", async () => {
  const runs = folder();
  for (const name of ["family/member/10", "family/member/2", "one/1", "node_modules/x/1"]) {
    mkdirSync(join(runs, name), { recursive: true });
    writeFileSync(join(runs, name, "adapter_config.json"), '{"peft_type": "LORA"}');
  }
  const found = findAdapters(runs).map(({ path }) => path.slice(runs.length + 1));
  expect(found).toEqual(["family/member/2", "family/member/10", "one/1"]);
});

test("what is no adapter is said in one line", () => {
  expect(() => verify(folder())).toThrow(/holds no adapter/);
  expect(() => verify("nowhere")).toThrow("nowhere: no such file");
  const stray = join(folder(), "weights.safetensors");
  writeSafetensors(stray, { w: { shape: [1], data: new Float32Array(1) } });
  expect(() => verify(stray)).toThrow(/nothing says what it should hold/);
  const path = peftFolder({ peft_type: "PROMPT_TUNING" }, { prompt_embeddings: [1, 2] });
  expect(() => verify(path)).toThrow(/num_virtual_tokens must be a positive whole number, not undefined/);
});
