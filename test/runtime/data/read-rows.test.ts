import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { csv, tsv } from "../../../src/runtime/data/csv.ts";
import { jsonl } from "../../../src/runtime/data/jsonl.ts";
import { parquet } from "../../../src/runtime/data/parquet.ts";
import { shuffled } from "../../../src/runtime/data/shuffled.ts";
import { readRows } from "../../../src/runtime/data/read-rows.ts";
import type { Source, SourceRow } from "../../../src/runtime/data/source.ts";
import { OperationalError } from "../../../src/runtime/operational-error.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-rows-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

async function rowsOf(source: Source): Promise<SourceRow[]> {
  const rows: SourceRow[] = [];
  for await (const row of readRows(source)) rows.push(row);
  return rows;
}

test("fields of a CSV file may hold commas, quotation marks and line ends, and lines are counted through them", async () => {
  const file = write(
    "good.csv",
    '\uFEFFtext,label\r\n"a, b",0\r\n"say ""yes""\nand go",1\r\n\r\nplain,0\r\n',
  );
  const rows = await rowsOf(csv(file));
  expect(rows.map(({ fields }) => ({ ...fields }))).toEqual([
    { text: "a, b", label: "0" },
    { text: 'say "yes"\nand go', label: "1" },
    { text: "plain", label: "0" },
  ]);
  expect(rows.map(({ place }) => place)).toEqual([`${file}:2`, `${file}:4`, `${file}:6`]);
});

test("text is whole wherever a read ends, and only JSON's own line ends end a line", async () => {
  const texts = Array.from({ length: 3000 }, (_, row) => `${"é€😀\u2028\u0085".repeat(row % 23)}${row}`);
  for (const end of ["\n", "\r\n", "\r"]) {
    const file = write("wide.jsonl", `\uFEFF${texts.map((text) => JSON.stringify({ text })).join(end)}`);
    const rows = await rowsOf(jsonl(file));
    expect(rows.map(({ fields }) => fields["text"])).toEqual(texts);
    expect(rows.at(-1)?.place).toBe(`${file}:3000`);
  }
});

test("a quotation mark in a TSV file is one like any other character", async () => {
  const file = write("good.tsv", 'text\tlabel\n"It is, he said\t1\na "b" c\t0\n');
  const rows = await rowsOf(tsv(file));
  expect(rows.map(({ fields }) => fields["text"])).toEqual(['"It is, he said', 'a "b" c']);
});

const wrong: readonly (readonly [what: string, source: Source, message: string])[] = [
  [
    "a row with too many fields",
    csv(write("long.csv", "text,label\na,0\nb,1,2\n")),
    "long.csv:3: the first line names 2 fields, this one has 3",
  ],
  [
    "a quotation mark that never closes",
    csv(write("open.csv", `text,label\na,0\n"b,1\n${"c,0\n".repeat(9000)}`)),
    "open.csv:3: a quotation mark opens in the row that begins here and never closes",
  ],
  [
    "a quotation mark in the midst of a field",
    csv(write("midst.csv", 'text,label\na "b" c,0\n')),
    'midst.csv:2: Invalid Opening Quote: a quote is found on field "text" at line 2',
  ],
  [
    "Latin-1 in place of UTF-8",
    csv(write("latin.csv", Buffer.from(`text,label\n${"a,0\n".repeat(40_000)}caf\xe9,1\n`, "latin1"))),
    "latin.csv:40002: this is not UTF-8; save the file as UTF-8",
  ],
  [
    "a Latin-1 line at the end of JSON lines",
    jsonl(write("latin.jsonl", Buffer.from('{"text": "caf\u00e9"}', "latin1"))),
    "latin.jsonl:1: this is not UTF-8",
  ],
  [
    "UTF-16, as spreadsheets call Unicode",
    tsv(write("utf16.tsv", Buffer.from("\uFEFFtext\tlabel\na\t0\n", "utf16le"))),
    "utf16.tsv:1: this is UTF-16; save the file as UTF-8",
  ],
  ["an empty Parquet file", parquet(write("empty.parquet", "")), "empty.parquet is empty"],
  ["an empty CSV file", csv(write("empty.csv", "")), "empty.csv has no rows"],
  ["a byte-order mark alone", jsonl(write("mark.jsonl", "\uFEFF")), "mark.jsonl has no rows"],
  [
    "two fields of one name",
    csv(write("twice.csv", "text,text\na,0\n")),
    'twice.csv:1: two fields are called "text"',
  ],
  ["a header alone", csv(write("header.csv", "text,label\n")), "header.csv has no rows"],
  ["a CSV file that is not there", csv(path.join(folder, "none.csv")), "none.csv: there is no such file"],
  ["a Parquet file that is not there", parquet(path.join(folder, "none.parquet")), "there is no such file"],
  [
    "text called Parquet",
    parquet(write("text.parquet", "text,label\na,0\nb,1\n")),
    "text.parquet is not a whole Parquet file: ",
  ],
  [
    "half a Parquet file",
    parquet(write("half.parquet", readFileSync("test/fixtures/rows/rows.snappy.parquet").subarray(0, 900))),
    "half.parquet is not a whole Parquet file: ",
  ],
];

for (const [what, source, message] of wrong) {
  test(`${what} is an error that says where`, async () => {
    const reading = rowsOf(source);
    await expect(reading).rejects.toThrow(OperationalError);
    await expect(reading).rejects.toThrow(message);
  });
}

test.each(["snappy", "zstd"])("a Parquet file in %s gives the rows of all its groups", async (codec) => {
  const file = `test/fixtures/rows/rows.${codec}.parquet`;
  const rows = await rowsOf(parquet(file));
  expect(rows.map(({ fields }) => fields["text"])).toEqual([
    "red0",
    "a, b",
    "say “yes”",
    "two\nlines",
    "blue2",
  ]);
  expect(rows.map(({ fields }) => fields["label"])).toEqual([0, 1, 0, 1, 2]);
  expect(rows.map(({ fields }) => fields["large"])).toEqual([
    1,
    2 ** 53 - 1,
    "9007199254740992",
    "-9223372036854775808",
    5,
  ]);
  expect(rows[3]?.place).toBe(`${file}, row 4`);
});

test("the first part of shuffled rows and what comes after it are disjoint, together all, and always the same", async () => {
  const file = write("many.csv", ["id", ...Array.from({ length: 101 }, (_, index) => index)].join("\n"));
  const ids = async (part: Parameters<typeof shuffled>[1]) =>
    (await rowsOf(shuffled(csv(file), part))).map(({ fields }) => Number(fields["id"]));
  const first = await ids({ part: "first", share: 0.5 });
  const after = await ids({ part: "after", share: 0.5 });
  expect([first.length, after.length]).toEqual([50, 51]);
  expect([...first, ...after].sort((a, b) => a - b)).toEqual(Array.from({ length: 101 }, (_, id) => id));
  expect(first).not.toEqual(first.toSorted((a, b) => a - b));
  expect(await ids({ part: "first", share: 0.5 })).toEqual(first);
  expect(await ids({ part: "first", rows: 10 })).toEqual(first.slice(0, 10));
  await expect(ids({ part: "first", rows: 101 })).rejects.toThrow(
    "many.csv (first 101, shuffled) cannot be taken of 101 rows",
  );
});
