import { expect, test } from "vitest";
import { Diagnostics } from "../../src/diagnostics/diagnostic.ts";
import { format } from "../../src/prettier/format.ts";
import { sourceText } from "../../src/source/source-text.ts";
import { parse } from "../../src/syntax/parse.ts";
import { generateProgram } from "../support/generate-program.ts";
import { mangle, seeded, tokensOf } from "../support/mangle.ts";
import { shortPrograms } from "../support/sample-programs.ts";

const programs = shortPrograms();

function read(text: string) {
  const found = new Diagnostics();
  const document = parse(sourceText("text", text), found);
  const { imports, declarations, comments } = document;
  // Places change, and a comment in an odd place may become or cease to be documentation.
  const leftOut = (key: string, value: unknown) =>
    /^(span|\w+Span|doc|source)$/.test(key) ? undefined : value;
  const tree = JSON.stringify({ imports, declarations }, leftOut, 1);
  return {
    valid: found.inSourceOrder().length === 0,
    tree,
    comments: comments.map(({ text }) => text).sort(),
  };
}

/** What the formatter did wrong with a valid text; undefined when nothing. */
async function flaw(text: string): Promise<string | undefined> {
  const before = read(text);
  const once = await format(text).catch((error: unknown) => String(error));
  const after = read(once);
  if (!after.valid) return `no longer valid:\n${once}`;
  if (after.tree !== before.tree) return `another tree:\n${once}`;
  if (after.comments.join("\n") !== before.comments.join("\n")) return `other comments:\n${once}`;
  const twice = await format(once);
  return twice === once ? undefined : `not stable:\n${once}\n--- second time ---\n${twice}`;
}

async function flawsOf(texts: Iterable<string>): Promise<string[]> {
  const flaws: string[] = [];
  for (const text of texts) {
    const found = await flaw(text);
    if (found !== undefined) flaws.push(`${text}\n--- ${found}`);
  }
  return flaws.slice(0, 2);
}

function* laidOutAnew(count: number, comments: boolean): Iterable<string> {
  const random = seeded(comments ? 5 : 6);
  for (let made = 0; made < count; made++) {
    const parts = tokensOf(programs[made % programs.length] ?? "").map((part) => {
      if (/\S/.test(part)) return part;
      if (comments && random(12) === 0) return `${part} // note ${random(1000)}\n${part}`;
      if (random(3) > 0) return part;
      // A comment ends with its line, so a line break must stay one.
      return part.includes("\n")
        ? ["\n", "\n\n", "\n\n\n\n", "\n\t"][random(4)]
        : [" ", "\n", "\n\n", "\t"][random(4)];
    });
    yield parts.join("");
  }
}

test("a text laid out in another way keeps its tree and its comments, and comes to rest", async () => {
  expect(await flawsOf(laidOutAnew(400, false))).toEqual([]);
});

test("a comment between any two tokens survives, and the text comes to rest", async () => {
  expect(await flawsOf(laidOutAnew(1_000, true))).toEqual([]);
});

test("mangled programs that are still programs keep their tree and their comments, and come to rest", async () => {
  const random = seeded(9);
  const valid: string[] = [];
  while (valid.length < 800) {
    const text = mangle(programs[random(programs.length)] ?? "", random);
    if (read(text).valid) valid.push(text);
  }
  expect(await flawsOf(valid)).toEqual([]);
});

test("ten thousand programs drawn from the grammar keep their tree and their comments, and come to rest", async () => {
  const random = seeded(17);
  const drawn: string[] = [];
  let tried = 0;
  for (; drawn.length < 10_000; tried++) {
    const text = generateProgram(random);
    if (read(text).valid) drawn.push(text);
  }
  expect(tried).toBeLessThan(12_000); // nearly all that is drawn is a program
  expect(await flawsOf(drawn)).toEqual([]);
}, 300_000);

test("names so long that lines break keep the tree", async () => {
  const random = seeded(13);
  const widened = programs.flatMap((text) =>
    [1, 2, 3].map(() =>
      text.replace(/\b[a-z]\w{1,8}\b(?=\s*[=(])/g, (name) =>
        random(5) === 0 ? name + "_long".repeat(random(9)) : name,
      ),
    ),
  );
  const valid = widened.filter((text) => read(text).valid);
  expect(valid.length).toBeGreaterThan(programs.length);
  expect(await flawsOf(valid)).toEqual([]);
});
