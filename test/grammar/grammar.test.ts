import { readFileSync } from "node:fs";
import { Alternation, NonTerminal, Option, Repetition, Terminal, type IProduction } from "chevrotain";
import { expect, test } from "vitest";
import { Expectations } from "../../grammar/expectations.ts";
import { DeptParser } from "../../grammar/parser.ts";
import * as t from "../../grammar/tokens.ts";

const ebnf = readFileSync("grammar/dept.ebnf", "utf8").replace(/\(\*[^]*?\*\)/g, "");
const productions = new Map(
  [...ebnf.matchAll(/^(\w+)\s*=\s*([^]*?) ;$/gm)].map(([, name = "", body = ""]) => [
    name,
    body.replace(/\s+/g, " "),
  ]),
);
const rules = new DeptParser(new Expectations()).getGAstProductions();
const tokens = new Map(t.tokens.map((token) => [token.name, token]));
/** Made by hand where the text is broken, never read from it. */
const unwritten = ["Hole", "BadNumber", "OpenString", "Space"];

/** The tokens and rules a production asks for, in order: `"import"`, `Name`, `ImportName`. */
function asked(definition: readonly IProduction[]): string[] {
  return definition.flatMap((part) => {
    if (part instanceof NonTerminal) return [part.nonTerminalName];
    if (part instanceof Terminal) {
      const { PATTERN, name } = part.terminalType;
      return [typeof PATTERN === "string" ? `"${PATTERN}"` : name];
    }
    if (part instanceof Alternation || part instanceof Option || part instanceof Repetition)
      return asked(part.definition);
    return "definition" in part ? asked(part.definition as IProduction[]) : [];
  });
}

test("the parser has exactly the rules of the reference grammar", () => {
  const written = [...productions.keys()].filter((name) => !tokens.has(name) && name !== "digits");
  expect(Object.keys(rules)).toEqual(written);
});

test.each(Object.keys(rules))("rule %s asks for what its production asks for, in the same order", (name) => {
  const words = productions.get(name)?.match(/"[^"]+"|\w+/g);
  expect(asked(rules[name]?.definition ?? [])).toEqual(words);
});

test("above each rule of the parser stands its production, word for word", () => {
  const parser = readFileSync("grammar/parser.ts", "utf8");
  const above = [...parser.matchAll(/\/\/ (\w+) = (.*) ;\n {2}readonly \w+ = this\.RULE\("(\w+)"/g)];
  expect(above.map(([, name]) => name)).toEqual(Object.keys(rules));
  for (const [, name = "", body, rule] of above) {
    expect(rule).toBe(name);
    expect(body).toBe(productions.get(name));
  }
});

test("every token that can be written is in the reference grammar, and no other", () => {
  const keywordsOrMarks = new Set([...t.keywords, ...t.marks, t.Range]);
  const named = t.tokens.filter((token) => !keywordsOrMarks.has(token) && !unwritten.includes(token.name));
  const written = [...productions.keys()].filter((name) => rules[name] === undefined && name !== "digits");
  expect(written.sort()).toEqual(named.map(({ name }) => name).sort());
});

test("the keywords of the reference grammar are the lexer's", () => {
  const quoted = productions.get("Word")?.match(/"(\w+)"/g);
  expect(quoted).toEqual(t.keywords.map(({ PATTERN }) => `"${String(PATTERN)}"`));
});

test("every token has a label in a reader's words", () => {
  const spoken = t.tokens.filter(({ name }) => !["Space", "Comment", "DocComment"].includes(name));
  expect(spoken.filter(({ LABEL }) => !LABEL || /^[A-Z]/.test(LABEL))).toEqual([]);
});

test("the generated files are what the generator writes today", async () => {
  const { generateGrammar } = (await import(
    new URL("../../tools/generate-grammar.js", import.meta.url).href
  )) as {
    generateGrammar: () => Promise<Readonly<Record<string, string>>>;
  };
  const generated = await generateGrammar();
  expect(Object.keys(generated)).toEqual(["grammar/cst.d.ts", "grammar/dept.tmLanguage.json"]);
  for (const [path, text] of Object.entries(generated)) expect(readFileSync(path, "utf8")).toBe(text);
});

test("the editor colours every keyword and nothing that only begins like one", () => {
  const { patterns } = JSON.parse(readFileSync("grammar/dept.tmLanguage.json", "utf8")) as {
    patterns: { name?: string; match?: string }[];
  };
  const source = patterns.find(({ name }) => name === "keyword.control.dept")?.match;
  const keyword = new RegExp(`^(?:${source ?? "$^"})$`);
  for (const { PATTERN } of t.keywords) expect(keyword.test(String(PATTERN))).toBe(true);
  expect(keyword.test("tunes")).toBe(false);
});
