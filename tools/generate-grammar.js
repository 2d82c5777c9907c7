// Writes grammar/cst.d.ts and grammar/dept.tmLanguage.json from the parser and its tokens.
import { writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = new URL("../", import.meta.url);

/** The generated files, as path below the repository's root and text. */
export async function generateGrammar() {
  const { generateCstDts, tokens, keywords, declarationKeywords, marks, parser } = await loadGrammar();
  const cst = generateCstDts(parser.getGAstProductions(), { includeVisitorInterface: false });
  const textMate = textMateGrammar({ tokens, keywords, declarationKeywords, marks });
  return {
    "grammar/cst.d.ts": `// The concrete syntax tree's shape. Written by \`npm run generate\` from grammar/parser.ts; do not edit.\n\n${cst.trim()}\n`,
    "grammar/dept.tmLanguage.json": `${JSON.stringify(textMate, null, 2)}\n`,
  };
}

/** The grammar is TypeScript, which Node 20 does not read: bundled in memory, then imported. */
async function loadGrammar() {
  const bundle = await build({
    stdin: {
      contents: `
        export { generateCstDts } from "chevrotain";
        export * from "./grammar/tokens.ts";
        import { DeptParser } from "./grammar/parser.ts";
        import { Expectations } from "./grammar/expectations.ts";
        export const parser = new DeptParser(new Expectations());`,
      resolveDir: fileURLToPath(root),
      loader: "ts",
    },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
  });
  const text = Buffer.from(bundle.outputFiles[0].contents).toString("base64");
  return import(`data:text/javascript;base64,${text}`);
}

function textMateGrammar({ tokens, keywords, declarationKeywords, marks }) {
  const source = (name) => tokens.find((token) => token.name === name).PATTERN.source.replaceAll("\\/", "/");
  const words = (types) => types.map((type) => type.PATTERN).join("|");
  const escaped = (mark) => mark.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const operators = ["..", ...marks.map((type) => type.PATTERN).filter((mark) => "+-*/@=".includes(mark))];
  return {
    $schema: "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
    name: "dept",
    scopeName: "source.dept",
    fileTypes: ["dept"],
    patterns: [
      { name: "comment.line.documentation.dept", match: source("DocComment") },
      { name: "comment.line.double-slash.dept", match: source("Comment") },
      {
        match: `\\b(${words(declarationKeywords)})\\s+(${source("Name")})`,
        captures: {
          1: { name: "keyword.declaration.dept" },
          2: { name: "entity.name.type.dept" },
        },
      },
      { name: "variable.other.property.dept", match: `${source("Name")}(?=\\s*=)` },
      { name: "entity.name.function.dept", match: `${source("Name")}(?=\\()` },
      { name: "keyword.control.dept", match: `\\b(?:${words(keywords)})\\b` },
      { name: "constant.language.dept", match: "\\b(?:auto|true|false)\\b" },
      { name: "constant.numeric.dept", match: `\\b${source("Percent")}|\\b${source("Number")}` },
      {
        name: "string.quoted.double.dept",
        begin: '"',
        end: '"|$',
        patterns: [{ name: "constant.character.escape.dept", match: '\\\\[\\\\"nt]' }],
      },
      { name: "keyword.operator.dept", match: operators.map(escaped).join("|") },
    ],
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const [path, text] of Object.entries(await generateGrammar()))
    writeFileSync(new URL(path, root), text);
}
