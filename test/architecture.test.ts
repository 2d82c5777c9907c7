// The rules of docs/architecture.md, enforced: who may import whom, one door for each dependency, sizes, no cycles.

import { Project, type SourceFile } from "ts-morph";
import { expect, test } from "vitest";

const project = new Project({ tsConfigFilePath: "tsconfig.json", skipAddingFilesFromTsConfig: true });
project.addSourceFilesAtPaths(["src/**/*.ts", "grammar/*.ts", "!**/*.d.ts", "!src/runtime/kernels/*.as.ts"]);
const files = project.getSourceFiles();
const root = `${process.cwd()}/`;

const pathOf = (file: SourceFile): string => file.getFilePath().slice(root.length);

/** The room a file stands in: its folder under src, `grammar`, or the file itself at the top of src. */
function roomOf(path: string): string {
  const [top, second] = path.split("/");
  if (top === "grammar") return "grammar";
  return (second ?? "").replace(/\.ts$/, "");
}

/** Rooms from left to right; a room imports only itself and rooms listed for it. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  source: [],
  diagnostics: ["source"],
  grammar: [],
  host: [],
  syntax: ["source", "diagnostics", "grammar"],
  program: ["source", "diagnostics", "syntax", "host"],
  project: ["source", "diagnostics", "syntax", "host"],
  graph: ["source", "diagnostics", "syntax", "program"],
  plan: ["source", "diagnostics", "program", "graph"],
  emit: ["program", "graph", "plan"],
  runtime: [],
  compile: ["diagnostics", "host", "program", "project", "graph", "plan", "emit"],
  prettier: ["source", "diagnostics", "syntax"],
  adapters: [], // and files of the runtime that load no tensor library; see below
  cli: ["source", "diagnostics", "host", "graph", "plan", "emit", "compile", "prettier", "adapters"],
  index: ["source", "diagnostics", "host", "plan", "emit", "compile", "prettier"],
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const imports: readonly Import[] = files
  .flatMap((file) => [
    ...file.getImportDeclarations().map((each) => ({
      from: pathOf(file),
      to: each.getModuleSpecifierSourceFile(),
      specifier: each.getModuleSpecifierValue(),
      typeOnly:
        each.isTypeOnly() ||
        (each.getNamedImports().length > 0 && each.getNamedImports().every((n) => n.isTypeOnly())),
    })),
    ...file.getExportDeclarations().map((each) => ({
      from: pathOf(file),
      to: each.getModuleSpecifierSourceFile(),
      specifier: each.getModuleSpecifierValue() ?? "",
      typeOnly: each.isTypeOnly(),
    })),
  ])
  .flatMap(({ from, to, specifier, typeOnly }): Import[] => {
    if (!specifier) return [];
    const inside = to && to.getFilePath().startsWith(root) && !to.getFilePath().includes("/node_modules/");
    return [{ from, to: inside && specifier.startsWith(".") ? pathOf(to) : specifier, typeOnly }];
  });

test("the walk sees the project", () => {
  expect(files.length).toBeGreaterThan(60);
  expect(imports).toContainEqual({ from: "src/compile.ts", to: "src/graph/build-graph.ts", typeOnly: false });
});

test("a room imports only from rooms to its left", () => {
  const wrong = imports.filter(({ from, to, typeOnly }) => {
    if (!/^(src|grammar)\//.test(to)) return false;
    const [own, other] = [roomOf(from), roomOf(to)];
    const allowed = mayImport[own];
    if (!allowed) return true;
    if (own === other || allowed.includes(other)) return false;
    // The emitter checks the names it prints against the runtime's types, and loads none of it.
    return !(other === "runtime" && (own === "adapters" || (own === "emit" && typeOnly)));
  });
  expect(wrong).toEqual([]);
});

test("nothing that handles adapters as files reaches tfjs", () => {
  const edges = imports.filter(({ typeOnly }) => !typeOnly);
  const reached = new Set(files.map(pathOf).filter((path) => roomOf(path) === "adapters"));
  expect(reached.size).toBeGreaterThan(5);
  for (const path of reached) for (const { from, to } of edges) if (from === path) reached.add(to);
  expect(reached).toContain("src/runtime/weights/safetensors.ts");
  expect([...reached].filter((path) => /^src\/runtime\/tf\.ts$|tfjs/.test(path))).toEqual([]);
});

/** Each outside package, and the files that may import it. */
const doors: readonly (readonly [RegExp, RegExp])[] = [
  [/^chevrotain$/, /^(grammar|src\/syntax)\//],
  [/^ts-morph$/, /^src\/emit\/print-script\.ts$/],
  [/^prettier$/, /^src\/(emit\/print-script\.ts|prettier\/)/],
  [/^(@tensorflow\/|#tfjs)/, /^src\/runtime\/(tf\.ts|tfjs\.d\.ts|backends\/)/],
  [/^@huggingface\/tokenizers$/, /^src\/runtime\/tokenizer\.ts$/],
  [/^csv-parse$/, /^src\/runtime\/data\/csv\.ts$/],
  [/^hyparquet(-compressors)?$/, /^src\/runtime\/data\/parquet\.ts$/],
  [/^node:(fs|fs\/promises|child_process)$/, /^src\/(host\.ts|cli\/|adapters\/|runtime\/)/],
];

test("each dependency has one door", () => {
  const wrong = imports.filter(({ from, to }) =>
    doors.some(([dependency, allowed]) => dependency.test(to) && !allowed.test(from)),
  );
  expect(wrong).toEqual([]);
  const known = [
    ...doors.map(([dependency]) => dependency),
    /^node:(path|url|util|module|crypto|os|process|zlib|timers\/promises|worker_threads|v8|perf_hooks|stream|stream\/promises|readline|string_decoder)$/,
  ];
  const strangers = imports.filter(
    ({ to }) => !/^(src|grammar)\//.test(to) && !known.some((dependency) => dependency.test(to)),
  );
  expect(strangers).toEqual([]);
});

test("a code's prefix names the room that reports it", () => {
  const reported = files.flatMap((file) => {
    const codes = [...file.getFullText().matchAll(/\.report\(\s*"([a-z]+)\/[a-z-]+"/g)].map(
      (match) => match[1],
    );
    return codes.map((prefix) => [pathOf(file), prefix] as const);
  });
  expect(reported.length).toBeGreaterThan(50);
  expect(reported.filter(([path, prefix]) => roomOf(path) !== prefix)).toEqual([]);
});

test("no import cycles", () => {
  const edges = new Map<string, string[]>();
  for (const { from, to } of imports) edges.set(from, [...(edges.get(from) ?? []), to]);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
    if (trail.includes(path) || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const file of files) visit(pathOf(file), []);
  expect(cycles).toEqual([]);
});

/** The parser, one model and the tree's types may be longer than the rest. */
const longFiles = /^(grammar\/parser\.ts|src\/runtime\/models\/\w+\.ts|src\/syntax\/ast\.ts)$/;

/** Switches with one case for each kind of node. */
const perNode = ["src/syntax/children.ts:childrenOf", "src/prettier/print.ts:print"];

test("files stay under 300 lines and functions under 60", () => {
  const tooLong = files.flatMap((file) => {
    const lines = file.getEndLineNumber();
    const path = pathOf(file);
    const limit = longFiles.test(path) ? 500 : 300;
    const functions = file
      .getFunctions()
      .map(
        (each) =>
          [`${path}:${each.getName()}`, each.getEndLineNumber() - each.getStartLineNumber() + 1] as const,
      )
      .filter(([name, length]) => length > 60 && !perNode.includes(name)); // one case a node
    return [...(lines > limit ? [[path, lines] as const] : []), ...functions];
  });
  expect(tooLong).toEqual([]);
});

test("every file begins by saying what it makes, and none is a drawer", () => {
  const silent = files.filter((file) => !/^(#!.*\n)?(\/\/|\/\*)/.test(file.getFullText())).map(pathOf);
  expect(silent).toEqual([]);
  const drawers = files.map(pathOf).filter((path) => /\/(utils|helpers|common|types|misc)\.ts$/.test(path));
  expect(drawers).toEqual([]);
});

test("only the prettier plugin has a default export", () => {
  const defaults = files.filter((file) => file.getDefaultExportSymbol()).map(pathOf);
  expect(defaults.filter((path) => path !== "src/prettier/index.ts")).toEqual([]);
});
