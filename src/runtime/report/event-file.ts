// Metrics as TensorBoard reads them: records with checksums, each a small protocol-buffer message.

import { appendFileSync } from "node:fs";

/** Castagnoli's polynomial, its bits reversed. */
const polynomial = 0x82f63b78;
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++)
    remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1;
  return remainder;
});

/** CRC-32C of the bytes (RFC 3720, appendix B.4). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The checksum as TFRecord files hold it: a CRC of data that holds CRCs would be weak. */
export function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** One TFRecord: length and its checksum, data and its checksum. */
function record(data: Uint8Array): Buffer {
  const framed = Buffer.alloc(8 + 4 + data.length + 4);
  framed.writeBigUInt64LE(BigInt(data.length));
  framed.writeUInt32LE(maskedCrc(framed.subarray(0, 8)), 8);
  framed.set(data, 12);
  framed.writeUInt32LE(maskedCrc(data), 12 + data.length);
  return framed;
}

const wire = { varint: 0, double: 1, bytes: 2, float: 5 } as const;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}

function key(field: number, type: number): Buffer {
  return varint(field * 8 + type);
}

function bytesField(field: number, data: Uint8Array): Buffer {
  return Buffer.concat([key(field, wire.bytes), varint(data.length), data]);
}

function floatField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([key(field, wire.float), bytes]);
}

/** tensorflow.Event: wall_time = 1, step = 2, and what it is of: file_version = 3, summary = 5 or session_log = 7. */
function event(step: number, content: Uint8Array): Buffer {
  const time = Buffer.alloc(8);
  time.writeDoubleLE(Date.now() / 1000);
  return record(Buffer.concat([key(1, wire.double), time, key(2, wire.varint), varint(step), content]));
}

/** The first records of a file: the version, and from where it goes on: what an earlier file has of later steps is void. */
export function startEvents(file: string, step: number): void {
  const started = Buffer.concat([key(1, wire.varint), varint(1)]); // SessionLog.status = START
  const version = event(0, bytesField(3, Buffer.from("brain.Event:2")));
  // TensorBoard voids what it has from this step on; the step itself is done.
  appendFileSync(
    file,
    step === 0 ? version : Buffer.concat([version, event(step + 1, bytesField(7, started))]),
  );
}

/** One point of each named curve: Summary.value = 1, of tag = 1 and simple_value = 2. */
export function appendScalars(file: string, step: number, scalars: Readonly<Record<string, number>>): void {
  const values = Object.entries(scalars).map(([tag, value]) =>
    bytesField(1, Buffer.concat([bytesField(1, Buffer.from(tag)), floatField(2, value)])),
  );
  appendFileSync(file, event(step, bytesField(5, Buffer.concat(values))));
}

/** A line of the metrics as curves: numbers under their names, `learningRates.prompt` as `learningRates/prompt`. */
export function scalarsOf(line: object): Record<string, number> {
  const entries: [string, unknown][] = Object.entries(line);
  const split = entries.find(([name]) => name === "split")?.[1];
  const folder = typeof split === "string" ? `${split}/` : "train/";
  const found: Record<string, number> = {};
  for (const [name, value] of entries) {
    if (typeof value === "number" && name !== "step" && name !== "rows") found[folder + name] = value;
    else if (typeof value === "object" && value !== null) {
      for (const [inner, number] of Object.entries(value))
        if (typeof number === "number") found[`${name}/${inner}`] = number;
    }
  }
  return found;
}
