// Files made by torch: test/fixtures/torch-file/make.py.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { OperationalError } from "../../../src/runtime/operational-error.ts";
import { randomStream } from "../../../src/runtime/random.ts";
import { readTorchFile } from "../../../src/runtime/weights/torch-file.ts";
import { temporaryFolder } from "../../support/damaged-file.ts";

const folder = fileURLToPath(new URL("../../fixtures/torch-file", import.meta.url));
const fixture = (name: string) => path.join(folder, name);

type Golden = Record<"tensors" | "module", Record<string, { shape: number[]; values: number[] }>>;
const golden = JSON.parse(readFileSync(fixture("golden.json"), "utf8")) as Golden;

function found(file: string) {
  const tensors = [...readTorchFile(file)].map(([name, { shape, values }]) => [
    name,
    { shape, values: [...values] },
  ]);
  return Object.fromEntries(tensors) as unknown;
}

/** What is said about a file that must be refused. */
function refusal(file: string): string {
  try {
    readTorchFile(file);
  } catch (error) {
    expect(error).toBeInstanceOf(OperationalError);
    return (error as OperationalError).message;
  }
  throw new Error(`${file} was read`);
}

function damaged(change: (bytes: Buffer) => Buffer): string {
  const file = path.join(temporaryFolder(), "damaged.bin");
  writeFileSync(file, change(readFileSync(fixture("tensors.bin"))));
  return file;
}

test.each(["tensors.bin", "protocol-4.bin"])(
  "the tensors of %s are those torch reads, strides included",
  (file) => {
    expect(found(fixture(file))).toEqual(golden.tensors);
  },
);

test("a module's state is read, its attributes are not", () => {
  expect(found(fixture("module.bin"))).toEqual(golden.module);
});

test("the dtype is the stored one", () => {
  const dtypes = [...readTorchFile(fixture("tensors.bin"))].map(([name, { dtype }]) => [name, dtype]);
  expect(Object.fromEntries(dtypes)).toMatchObject({
    table: "F32",
    half: "F16",
    bfloat: "BF16",
    double: "F64",
    long: "I64",
    int: "I32",
    short: "I16",
    char: "I8",
    byte: "U8",
    bool: "BOOL",
  });
});

const refused = readdirSync(fixture("refused"));

test("every way of asking for a function has a file", () => expect(refused).toHaveLength(5));

test.each(refused)("%s asks for a function, which is named and not run", (file) => {
  const name = file.replace(/\.bin$/, "");
  expect(refusal(fixture(`refused/${file}`))).toContain(
    `archive/data.pkl asks for ${name}, which is not run`,
  );
});

test("a file of the format before PyTorch 1.6, and one of something else, say what to do", () => {
  expect(refusal(fixture("old-format.bin"))).toMatch(
    /older than PyTorch 1\.6; load it with PyTorch and save it again/,
  );
  expect(refusal(fixture("golden.json"))).toMatch(/golden\.json is not a file of torch\.save/);
  expect(refusal("/nowhere/adapter.bin")).toBe("/nowhere/adapter.bin: no such file");
});

test("a file cut off anywhere is refused", () => {
  const { length } = readFileSync(fixture("tensors.bin"));
  for (const share of [0, 0.1, 0.5, 0.9, 0.99]) {
    const file = damaged((bytes) => bytes.subarray(0, Math.floor(length * share)));
    expect(refusal(file)).toMatch(/damaged\.bin (is damaged|is not a file of torch\.save)/);
  }
});

test("a changed value is found by its checksum", () => {
  const one = Buffer.from(Float32Array.of(2.5).buffer);
  const file = damaged((bytes) => bytes.fill(0x7f, bytes.indexOf(one), bytes.indexOf(one) + 1));
  expect(refusal(file)).toMatch(/data\/1 does not have the checksum it was written with/);
});

test("whatever byte is changed, the file is read as it was or refused in words", () => {
  const random = randomStream(7, "bytes");
  let refusals = 0;
  for (let trial = 0; trial < 300; trial++) {
    const file = damaged((bytes) => {
      bytes[random.below(bytes.length)] = random.below(256);
      return bytes;
    });
    try {
      expect(found(file)).toEqual(golden.tensors);
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error;
      refusals++;
    }
  }
  expect(refusals).toBeGreaterThan(50);
});

/** The sound file with another pickle of the same length, and the checksum of that one. */
function withPickle(change: (pickle: Buffer) => void): string {
  return damaged((bytes) => {
    const begin = bytes.indexOf("\x80\x02", 0, "latin1");
    const pickle = bytes.subarray(begin, bytes.indexOf("PK\x07\x08", begin, "latin1"));
    const before = crc32(pickle);
    change(pickle);
    for (let at = 0; at + 4 <= bytes.length; at++) {
      if (bytes.readUInt32LE(at) === before) bytes.writeUInt32LE(crc32(pickle), at);
    }
    return bytes;
  });
}

test("whatever a pickle says, it is read or refused in words", () => {
  const random = randomStream(8, "pickles");
  const messages = new Set<string>();
  for (let trial = 0; trial < 500; trial++) {
    const file = withPickle((pickle) => pickle.writeUInt8(random.below(256), random.below(pickle.length)));
    try {
      readTorchFile(file);
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error;
      messages.add(error.message.replace(/.*damaged\.bin/, "").replace(/[\d\W]+/g, " "));
    }
  }
  expect([...messages].filter((message) => message.includes("checksum"))).toEqual([]);
  expect(messages.size).toBeGreaterThan(50);
});

test("values nested without end are refused", () => {
  const file = withPickle((pickle) => pickle.fill("]", 2).write("a".repeat(300) + ".", pickle.length - 301));
  expect(refusal(file)).toMatch(/damaged\.bin nests its values more than 100 deep/);
});

const official =
  process.env["DEPT_SHARED_DATA"] ?? fileURLToPath(new URL("../../../../shared/data", import.meta.url));
const adapters = path.join(official, "dept-official-adapters");
const skipReason = existsSync(adapters) ? "" : ` (skipped: ${adapters} is missing)`;

test.skipIf(skipReason !== "")(`the adapters of DePT's authors are read${skipReason}`, () => {
  const shapes = (task: string) =>
    [...readTorchFile(path.join(adapters, task, "adapter_model.bin"))].map(
      ([name, { shape, dtype, values }]) => {
        expect(values.every(Number.isFinite)).toBe(true);
        expect(values.some((value) => value !== 0)).toBe(true);
        return [name, dtype, ...shape];
      },
    );
  for (const task of ["cola", "sst2"]) {
    expect(shapes(task)).toEqual([
      ["prompt_embeddings", "F32", expect.any(Number), 768],
      ["prompt_encoder.lora_embedding_A", "F32", 256, expect.any(Number)],
      ["prompt_encoder.lora_embedding_B", "F32", expect.any(Number), 768],
    ]);
  }
  for (const task of ["hotpotqa", "nq", "superglue-wic"]) {
    expect(shapes(task)).toEqual([["prompt_embeddings", "F32", expect.any(Number), 768]]);
  }
});
