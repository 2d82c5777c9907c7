import { cpSync, existsSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { OperationalError } from "../../src/runtime/operational-error.ts";
import { loadTokenizer } from "../../src/runtime/tokenizer.ts";
import { temporaryFolder } from "../support/damaged-file.ts";
import { tinyT5Folder } from "../support/tiny-t5.ts";

test("a text is encoded with its end, and its full length is told", () => {
  const tokenizer = loadTokenizer(tinyT5Folder);
  const { ids, fullLength } = tokenizer.encode("plant food");
  expect(ids).toEqual([tokenizer.idOf("▁plant"), tokenizer.idOf("▁food"), tokenizer.endId]);
  expect(fullLength).toBe(3);
});

test("a text that is too long is cut, still ends, and its full length is told", () => {
  const tokenizer = loadTokenizer(tinyT5Folder);
  const whole = tokenizer.encode("the animal and the plant").ids;
  expect(whole.length).toBe(6);
  for (let maxTokens = 1; maxTokens <= 6; maxTokens++) {
    const { ids, fullLength } = tokenizer.encode("the animal and the plant", { maxTokens });
    expect(ids).toEqual([...whole.slice(0, maxTokens - 1), tokenizer.endId]);
    expect(fullLength).toBe(6);
  }
  expect(() => tokenizer.encode("a", { maxTokens: 0 })).toThrow(RangeError);
});

test("no text is only its end", () => {
  const tokenizer = loadTokenizer(tinyT5Folder);
  expect(tokenizer.encode("")).toEqual({ ids: [tokenizer.endId], fullLength: 1 });
});

test("decoding gives the text back, without special tokens", () => {
  const tokenizer = loadTokenizer(tinyT5Folder);
  const { padId, endId } = tokenizer;
  expect(tokenizer.decode(tokenizer.encode("a small zebra, or 2").ids)).toBe("a small zebra, or 2");
  expect(tokenizer.decode([padId, ...tokenizer.encode("food").ids, endId, padId])).toBe("food");
});

test("special tokens and vocabulary size are those of the file", () => {
  const tokenizer = loadTokenizer(tinyT5Folder);
  const { padId, endId, unknownId, vocabularySize } = tokenizer;
  expect({ padId, endId, unknownId, vocabularySize }).toEqual({
    padId: 0,
    endId: 1,
    unknownId: 2,
    vocabularySize: 128,
  });
  expect(tokenizer.idOf("▁unheard-of")).toBeUndefined();
  expect(tokenizer.encode("é").ids).toContain(unknownId);
});

test("missing, damaged and unsuitable files are named", () => {
  const folder = temporaryFolder();
  expect(() => loadTokenizer(folder)).toThrow(`${folder}/tokenizer.json: no such file`);
  for (const [contents, message] of [
    ["{", "tokenizer.json is not JSON"],
    ["[]", "tokenizer.json must hold one JSON object"],
    ["{}", "tokenizer.json is not a tokenizer that can be used"],
  ] as const) {
    writeFileSync(`${folder}/tokenizer.json`, contents);
    expect(() => loadTokenizer(folder)).toThrow(OperationalError);
    expect(() => loadTokenizer(folder)).toThrow(message);
  }
});

test("a special token that is not in the vocabulary is named", () => {
  const folder = temporaryFolder();
  cpSync(`${tinyT5Folder}/tokenizer.json`, `${folder}/tokenizer.json`);
  expect(loadTokenizer(folder).padId).toBe(0);
  writeFileSync(`${folder}/tokenizer_config.json`, JSON.stringify({ pad_token: { content: "[PAD]" } }));
  expect(() => loadTokenizer(folder)).toThrow(
    `${folder}/tokenizer.json: pad_token [PAD] is not in its vocabulary`,
  );
});

const embedded = new URL("../../stdlib/data/wordnet-t5", import.meta.url).pathname;

test("the embedded backbone's tokenizer keeps each class name in one token", () => {
  const tokenizer = loadTokenizer(embedded);
  for (const name of ["animal", "plant", "person", "artifact", "food", "place"]) {
    expect(tokenizer.encode(name).ids).toEqual([tokenizer.idOf(`▁${name}`), tokenizer.endId]);
  }
});

// The real T5 vocabulary is 2.4 MB and not part of this repository.
const real = new URL("../../../shared/data/t5-tokenizer", import.meta.url).pathname;
const skipReason = existsSync(real) ? "" : " (skipped: ../shared/data/t5-tokenizer is missing)";

test.skipIf(skipReason !== "")(`T5's own tokenizer gives T5's ids${skipReason}`, () => {
  const tokenizer = loadTokenizer(real);
  expect([tokenizer.padId, tokenizer.endId, tokenizer.unknownId, tokenizer.vocabularySize]).toEqual([
    0, 1, 2, 32_100,
  ]);
  // Ids of the Rust tokenizer of the same file.
  expect(tokenizer.encode("translate English to German: That is good.").ids).toEqual([
    13959, 1566, 12, 2968, 10, 466, 19, 207, 5, 1,
  ]);
  expect(tokenizer.encode("<extra_id_0> and").ids[0]).toBe(32_099);
});
