import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { OperationalError } from "../../../src/runtime/operational-error.ts";
import { openSafetensors, readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import { writeSafetensors } from "../../../src/runtime/weights/write-safetensors.ts";
import { temporaryFolder, writeRawSafetensors } from "../../support/damaged-file.ts";

const f32 = (shape: number[], begin: number, end: number) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

const tensors = {
  wide: { shape: [2, 3], data: Float32Array.of(1, -2.5, 3e-8, 4, 5, Infinity) },
  none: { shape: [0, 4], data: new Float32Array(0) },
  scalar: { shape: [], data: Float32Array.of(7) },
};

test("what was written is read back, metadata included", () => {
  const file = path.join(temporaryFolder(), "a.safetensors");
  writeSafetensors(file, tensors, { format: "pt", spec: "sha256:ab" });
  expect(readSafetensors(file)).toEqual({ metadata: { format: "pt", spec: "sha256:ab" }, tensors });
});

test("the same tensors give the same bytes in any order, values on an 8-byte boundary, and nothing else is left", () => {
  const folder = temporaryFolder();
  const [first, second] = [path.join(folder, "a"), path.join(folder, "b")];
  writeSafetensors(first, tensors, { x: "1", y: "2" });
  writeSafetensors(second, Object.fromEntries(Object.entries(tensors).reverse()), { y: "2", x: "1" });
  const bytes = readFileSync(first);
  expect(readFileSync(second).equals(bytes)).toBe(true);
  expect(Number(bytes.readBigUInt64LE()) % 8).toBe(0);
  expect(readdirSync(folder)).toEqual(["a", "b"]);
});

test("an existing file is replaced whole", () => {
  const file = path.join(temporaryFolder(), "a.safetensors");
  writeSafetensors(file, { old: { shape: [100], data: new Float32Array(100) } });
  writeSafetensors(file, tensors);
  expect(Object.keys(readSafetensors(file).tensors).sort()).toEqual(["none", "scalar", "wide"]);
});

test("values that do not fill their shape are a mistake of the caller", () => {
  const file = path.join(temporaryFolder(), "a.safetensors");
  expect(() => writeSafetensors(file, { x: { shape: [2, 2], data: new Float32Array(3) } })).toThrow(
    /x: \[2, 2\].*3 values/,
  );
  expect(readdirSync(path.dirname(file))).toEqual([]);
});

test("a folder that cannot be written to is named", () => {
  const file = path.join(temporaryFolder(), "missing", "a.safetensors");
  expect(() => writeSafetensors(file, tensors)).toThrow(OperationalError);
  expect(() => writeSafetensors(file, tensors)).toThrow(`${file} cannot be written`);
});

test("tensors written by PyTorch in half precision are read as numbers", () => {
  const values = (variant: string) =>
    readSafetensors(`test/fixtures/tiny-t5/${variant}model.safetensors`).tensors[
      "encoder.final_layer_norm.weight"
    ];
  const [full, fp16, bf16] = [values("")?.data, values("fp16/")?.data, values("bf16/")?.data];
  expect(full?.length).toBe(32);
  for (const [i, value] of full?.entries() ?? []) {
    expect(Math.abs((fp16?.[i] ?? NaN) - value)).toBeLessThan(1e-3);
    expect(Math.abs((bf16?.[i] ?? NaN) - value)).toBeLessThan(8e-3);
  }
  expect(fp16).not.toEqual(full);
  expect(bf16).not.toEqual(fp16);
});

test("a file cut short is called truncated, with both sizes and the first tensor that is not whole", () => {
  const file = path.join(temporaryFolder(), "a.safetensors");
  writeSafetensors(file, {
    a: { shape: [4], data: new Float32Array(4) },
    b: { shape: [4], data: new Float32Array(4) },
  });
  const size = readFileSync(file).length;
  truncateSync(file, size - 20);
  const message = `${file} is truncated: its tensors need ${size} bytes, the file has ${size - 20}; first incomplete tensor: a`;
  expect(() => openSafetensors(file)).toThrow(message);
  truncateSync(file, 20);
  expect(() => openSafetensors(file)).toThrow(/truncated: its header needs \d+ bytes, the file has 20/);
  truncateSync(file, 3);
  expect(() => openSafetensors(file)).toThrow("3 bytes long: not a safetensors file");
});

test("a missing file and a folder are told apart", () => {
  const folder = temporaryFolder();
  expect(() => openSafetensors(`${folder}/none`)).toThrow(`${folder}/none: no such file`);
  expect(() => openSafetensors(folder)).toThrow(OperationalError);
});

test("a web page saved under the name of a model is not taken for one", () => {
  const file = path.join(temporaryFolder(), "a.safetensors");
  writeFileSync(file, "<!DOCTYPE html><html>rate limited</html>");
  expect(() => openSafetensors(file)).toThrow(`${file} is not a safetensors file`);
});

test.each([
  ["{ not json", 0, "header is not a JSON object"],
  ["[1, 2]", 0, "header is not a JSON object"],
  [{ x: f32([2, 2], 0, 12) }, 12, "tensor x: [2, 2] of F32 needs 16 bytes, its offsets hold 12"],
  [{ x: f32([2], 0, 8), y: f32([2], 4, 12) }, 12, "tensor y overlaps the tensor before it"],
  [{ x: f32([2], 0, 8), y: f32([2], 12, 20) }, 20, "tensor y leaves a gap before it"],
  [{ x: f32([2], 8, 16) }, 16, "tensor x leaves a gap before it"],
  [{ x: f32([2], 0, 8) }, 12, "4 bytes after the last tensor belong to none"],
  [{ x: f32([2], 0, 8) }, 4, "first incomplete tensor: x"],
  [{ x: f32([2], 8, 0) }, 8, "tensor x has damaged offsets: [8,0]"],
  [{ x: f32([2], -8, 0) }, 8, "tensor x has damaged offsets: [-8,0]"],
  [{ x: { dtype: "F32", shape: [2] } }, 8, "tensor x has damaged offsets: undefined"],
  [{ x: f32([-2], 0, 8) }, 8, "tensor x has a damaged shape: [-2]"],
  [{ x: { shape: [2], data_offsets: [0, 8] } }, 8, "tensor x has no dtype"],
  [{ x: null }, 0, "tensor x has no dtype"],
  [{ __metadata__: { epoch: 3 } }, 0, "__metadata__ must be texts under names"],
  [{ __metadata__: null }, 0, "__metadata__ must be texts under names"],
])("header %j over %i bytes is refused", (header, dataBytes, message) => {
  const file = writeRawSafetensors(header, dataBytes);
  expect(() => openSafetensors(file)).toThrow(OperationalError);
  expect(() => openSafetensors(file)).toThrow(file);
  expect(() => openSafetensors(file)).toThrow(message);
});

test("a dtype that cannot be read is named when the tensor is asked for, not before", () => {
  const file = writeRawSafetensors({ ids: { dtype: "I64", shape: [2], data_offsets: [0, 16] } }, 16);
  const open = openSafetensors(file);
  expect(() => open.read("ids")).toThrow(
    `${file}: tensor ids is stored as I64; only F32, F16 and BF16 can be read`,
  );
  expect(() => open.read("other")).toThrow(`${file}: there is no tensor other in this file`);
  open.close();
});
