import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import {
  appendScalars,
  crc32c,
  maskedCrc,
  scalarsOf,
  startEvents,
} from "../../../src/runtime/report/event-file.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-events-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Fields of a protocol-buffer message in their order: number and value, messages as bytes. */
function fieldsOf(bytes: Buffer): [number, number | Buffer][] {
  const fields: [number, number | Buffer][] = [];
  let at = 0;
  const varint = () => {
    for (let value = 0, unit = 1; ; unit *= 128) {
      const byte = bytes.readUInt8(at++);
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const size = { 1: 8, 5: 4 }[key & 7] ?? ((key & 7) === 2 ? varint() : 0);
    if ((key & 7) === 0) fields.push([key >> 3, varint()]);
    else {
      const data = bytes.subarray(at, (at += size));
      const number = { 1: () => data.readDoubleLE(), 5: () => data.readFloatLE() }[key & 7];
      fields.push([key >> 3, number ? number() : data]);
    }
  }
  return fields;
}

function eventsOf(file: string) {
  const bytes = readFileSync(file);
  const events: Map<number, number | Buffer>[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at));
    expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc(bytes.subarray(at, at + 8)));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedCrc(data));
    events.push(new Map(fieldsOf(data)));
    at += 16 + length;
  }
  return events;
}

test("the checksum is that of RFC 3720", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
});

test("a file read back has its version, its steps and its values", () => {
  const file = path.join(folder, "new");
  startEvents(file, 0);
  appendScalars(file, 300, { "train/loss": 0.5, "learningRates/prompt": 0.25 });
  const [version, point, ...more] = eventsOf(file);
  expect(more).toEqual([]);
  expect(String(version?.get(3))).toBe("brain.Event:2");
  expect(point?.get(2)).toBe(300);
  expect(point?.get(1)).toBeGreaterThan(1.7e9); // seconds since 1970
  const values = fieldsOf(point?.get(5) as Buffer).map(([, value]) => fieldsOf(value as Buffer));
  expect(values.map(([tag, value]) => [String(tag?.[1]), value?.[1]])).toEqual([
    ["train/loss", 0.5],
    ["learningRates/prompt", 0.25],
  ]);
});

test("the file of a run that goes on voids what earlier files have of later steps", () => {
  const file = path.join(folder, "resumed");
  startEvents(file, 20);
  const [, session] = eventsOf(file);
  expect(session?.get(2)).toBe(21);
  expect(fieldsOf(session?.get(7) as Buffer)).toEqual([[1, 1]]);
});

test("a line of the metrics becomes curves by split and group", () => {
  const step = { step: 3, loss: 2, gradientNorm: 1, learningRates: { prompt: 0.3 }, examplesPerSecond: 9 };
  expect(scalarsOf(step)).toEqual({
    "train/loss": 2,
    "train/gradientNorm": 1,
    "learningRates/prompt": 0.3,
    "train/examplesPerSecond": 9,
  });
  expect(scalarsOf({ step: 3, split: "validation", rows: 30, accuracy: 0.5 })).toEqual({
    "validation/accuracy": 0.5,
  });
});

test("what TensorBoard read of a run and its continuation is what was written, to the byte and to the value", () => {
  const fixtures = "test/fixtures/events";
  const lines = JSON.parse(readFileSync(`${fixtures}/lines.json`, "utf8"));
  const written = new Map<string, [number, number][]>();
  vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 });
  for (const [name, step] of [
    ["first", 0],
    ["resumed", 2],
  ] as const) {
    const file = path.join(folder, `${name}.tfevents`);
    startEvents(file, step);
    for (const line of lines[name]) {
      appendScalars(file, line.step, scalarsOf(line));
      vi.advanceTimersByTime(1000);
      for (const [tag, value] of Object.entries(scalarsOf(line))) {
        // The first process had done a step that its continuation did again.
        const kept = (written.get(tag) ?? []).filter(([at]) => at !== line.step);
        written.set(tag, [...kept, [line.step, Math.fround(value)]]);
      }
    }
    expect(readFileSync(file).equals(readFileSync(`${fixtures}/${name}.tfevents`))).toBe(true);
  }
  vi.useRealTimers();
  const golden = JSON.parse(readFileSync(`${fixtures}/golden.json`, "utf8"));
  expect(Object.fromEntries([...written].sort(([a], [b]) => (a < b ? -1 : 1)))).toEqual(golden);
});
