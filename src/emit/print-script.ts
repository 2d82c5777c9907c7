// Script to text: TypeScript to read, and the same without types to run. The only importer of ts-morph here.

import { format } from "prettier";
import { Project, type SourceFile, StructureKind, type StatementStructures, ts } from "ts-morph";
import { printCode } from "./print-code.ts";
import type { Script, Section, Statement } from "./script.ts";

export interface ScriptText {
  /** `.ts`, to read and to change by hand. */
  readonly typescript: string;
  /** `.mjs`, to run. */
  readonly javascript: string;
}

/** One pinned layout: never the user's own prettier configuration. */
const layout = { printWidth: 88, endOfLine: "lf" } as const;

export async function printScript(script: Script): Promise<ScriptText> {
  const project = new Project({ useInMemoryFileSystem: true });
  const file = project.createSourceFile("script.ts");
  addImports(file, script);
  // In one call: a second one would slide between a statement and the comment behind it.
  file.addStatements(script.sections.flatMap(sectionStructures));
  const source = `${docComment(script.header)}\n${file.getFullText()}`;
  const typescript = await format(withBreaks(source), { ...layout, parser: "typescript" });
  return { typescript, javascript: await format(withoutTypes(typescript), { ...layout, parser: "babel" }) };
}

function addImports(file: SourceFile, { imports }: Script): void {
  const moduleSpecifier = "dept-lang/runtime";
  file.addImportDeclaration({ moduleSpecifier, namedImports: [...imports.values] });
  if (imports.types.length > 0)
    file.addImportDeclaration({ moduleSpecifier, namedImports: [...imports.types], isTypeOnly: true });
}

/** The mark of an empty line: TypeScript's printer drops real ones. */
const breakMark = "//¶";

function sectionStructures({ comment, statements }: Section): readonly (string | StatementStructures)[] {
  const structures: (string | StatementStructures)[] = [breakMark];
  if (comment !== undefined) structures.push(`// ${comment}`, breakMark);
  for (const [index, statement] of statements.entries()) {
    const previous = statements[index - 1];
    const apart =
      previous && (previous.kind === "function" || statement.kind === "function" || isLong(previous));
    if (apart) structures.push(breakMark);
    structures.push(structureOf(statement));
  }
  return structures;
}

/** A statement that runs over several lines stands apart from the next. */
function isLong(statement: Statement): boolean {
  return statement.kind !== "function" && printCode(statement.value).length > 60;
}

function structureOf(statement: Statement): string | StatementStructures {
  switch (statement.kind) {
    case "const":
      return `const ${statement.name} = ${printCode(statement.value)};${trailing(statement.comment)}`;
    case "return":
      return `return ${printCode(statement.value)};${trailing(statement.comment)}`;
    case "run":
      return `${printCode(statement.value)};`;
    case "function":
      return {
        kind: StructureKind.Function,
        name: statement.name,
        docs: [{ description: statement.doc.join("\n") }],
        parameters: statement.parameters.map(({ name, type }) => ({ name, type })),
        returnType: statement.returns,
        statements: statement.body.map(structureOf),
      };
  }
}

function trailing(comment: string | undefined): string {
  return comment === undefined ? "" : ` // ${comment}`;
}

function withBreaks(source: string): string {
  return source.replaceAll(new RegExp(`^${breakMark}$`, "gm"), "");
}

function docComment(lines: readonly string[]): string {
  return ["/**", ...lines.map((line) => ` * ${line.replaceAll("*/", "*\\/")}`.trimEnd()), " */"].join("\n");
}

/** The types taken out where they stand, so that comments and empty lines stay as they are. */
function withoutTypes(typescript: string): string {
  const file = ts.createSourceFile("script.ts", typescript, ts.ScriptTarget.ES2022, true);
  const cuts: (readonly [start: number, end: number])[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && node.importClause?.isTypeOnly)
      cuts.push([node.getStart(), node.getEnd()]);
    else if ((ts.isParameter(node) || ts.isFunctionDeclaration(node)) && node.type) {
      // From the colon before the type to the type's end.
      cuts.push([typescript.lastIndexOf(":", node.type.getStart()), node.type.getEnd()]);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return cuts
    .sort(([a], [b]) => b - a)
    .reduce((text, [start, end]) => text.slice(0, start) + text.slice(end), typescript);
}
