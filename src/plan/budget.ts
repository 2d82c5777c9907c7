// The budget: what it comes to, whether the method meets it, and what `auto` must be.

import type { Diagnostics, Fix, Related } from "../diagnostics/diagnostic.ts";
import { knownSizes } from "../graph/build-graph.ts";
import type { TuneGraph } from "../graph/graph.ts";
import { evaluate, type Polynomial, symbolsOf } from "../graph/polynomial.ts";
import { backboneParameters } from "../program/architectures.ts";
import type { Budget, Setting, Tune } from "../program/program.ts";
import { arithmeticOf, formatUse, trainedCount } from "./bill.ts";
import { exactPairs, largestWithin, type Pair } from "./exact-solutions.ts";
import type { PlannedBudget } from "./plan.ts";

export interface MetBudget {
  readonly arguments: ReadonlyMap<string, number>;
  readonly solved: string | undefined;
  readonly budget: PlannedBudget | undefined;
}

/** The method's arguments with `auto` solved, and the budget that they meet; `undefined` when they do not. */
export function meetBudget(graph: TuneGraph, found: Diagnostics): MetBudget | undefined {
  const { tune } = graph;
  const unknowns = [...tune.method.arguments].filter(([, { value }]) => value === "auto");
  const [first, second] = unknowns;
  if (first && second) {
    found.report("plan/auto-twice", second[1].place, { first: first[0] });
    return undefined;
  }
  if (!first) return checkGiven(graph, found);
  if (!tune.budget) {
    found.report("plan/auto-without-budget", first[1].place, { name: first[0] });
    return undefined;
  }
  return solveAuto(graph, tune.budget, first, found);
}

/** A budget in numbers. */
export function amountOf(
  graph: TuneGraph,
  budget: Budget,
): { count: number; text: string; kind: PlannedBudget["kind"] } {
  const { amount } = budget;
  if (amount.kind === "parity" && graph.baseline) {
    const sizes = knownSizes(graph.tune, amount.baseline);
    const count = evaluate(trainedCount(graph.baseline), sizes);
    return { count, text: formatUse(amount.baseline), kind: "parity" };
  }
  if (amount.kind === "atMostShare") {
    const count = Math.floor(amount.share * backboneParameters(graph.tune.backbone));
    return { count, text: `at most ${percent(amount.share)} of ${graph.tune.backbone.name}`, kind: "atMost" };
  }
  if (amount.kind === "atMost") return { count: amount.count, text: "at most", kind: "atMost" };
  return { count: amount.kind === "exactly" ? amount.count : 0, text: "exactly", kind: "exactly" };
}

/** Whether so many trained parameters meet the budget. */
export function meets(
  trained: number,
  count: number,
  kind: PlannedBudget["kind"],
  tolerance: number,
): boolean {
  const slack = count * tolerance;
  return kind === "atMost" ? trained <= count + slack : Math.abs(trained - count) <= slack;
}

function checkGiven(graph: TuneGraph, found: Diagnostics): MetBudget | undefined {
  const { tune } = graph;
  const sizes = knownSizes(tune, tune.method);
  const values = new Map([...tune.method.arguments.keys()].map((name) => [name, sizes.get(name) ?? 0]));
  const { budget } = tune;
  if (!budget) return { arguments: values, solved: undefined, budget: undefined };
  const { count, text, kind } = amountOf(graph, budget);
  const trained = evaluate(trainedCount(graph.method), sizes);
  if (meets(trained, count, kind, budget.tolerance)) {
    return { arguments: values, solved: undefined, budget: { text, kind, count, trained } };
  }
  const parameters = {
    trained,
    budget: count,
    deviation: signedPercent(trained, count),
    arithmetic: fullArithmetic(graph, sizes, trained, count),
  };
  const held = { place: budget.place, message: `the budget: ${count.toLocaleString("en-US")}` };
  const related = [held, ...memberOf(tune)];
  const fixes = fixesFor(graph, budget, count, kind);
  found.report("plan/over-budget", tune.method.place, parameters, { related, fixes });
  return undefined;
}

/** In a family several tunes share a line: the message says which of them it is about. */
function memberOf({ family, name }: Tune): readonly Related[] {
  return family ? [{ place: family.place, message: `for ${name}` }] : [];
}

function fullArithmetic(
  graph: TuneGraph,
  sizes: ReadonlyMap<string, number>,
  trained: number,
  count: number,
): string {
  const own = `${arithmeticOf(graph.method, sizes)} = ${trained.toLocaleString("en-US")}`;
  const amount = graph.tune.budget?.amount;
  if (amount?.kind !== "parity" || !graph.baseline) return own;
  const baseline = arithmeticOf(graph.baseline, knownSizes(graph.tune, amount.baseline));
  return `${own}; ${formatUse(amount.baseline)}: ${baseline} = ${count.toLocaleString("en-US")}`;
}

function solveAuto(
  graph: TuneGraph,
  budget: Budget,
  [name, setting]: readonly [string, Setting<number | "auto">],
  found: Diagnostics,
): MetBudget | undefined {
  const { tune } = graph;
  const formula = trainedCount(graph.method);
  if (!symbolsOf(formula).has(name)) {
    found.report("plan/auto-not-counted", setting.place, { name });
    return undefined;
  }
  const sizes = knownSizes(tune, tune.method);
  const { count, text, kind } = amountOf(graph, budget);
  const counted = (value: number) => evaluate(formula, new Map([...sizes, [name, value]]));
  const below = largestWithin(counted, count);
  const candidates = below === undefined ? [0] : [below, below + 1];
  const nearest = candidates
    .filter((value) => meets(counted(value), count, kind, budget.tolerance))
    .sort((a, b) => Math.abs(counted(a) - count) - Math.abs(counted(b) - count))[0];
  if (nearest !== undefined) {
    const values = new Map(
      [...tune.method.arguments.keys()].map((each) => [each, sizes.get(each) ?? nearest]),
    );
    return { arguments: values, solved: name, budget: { text, kind, count, trained: counted(nearest) } };
  }
  const described = candidates.map((value) => {
    const trained = counted(value);
    return `${name} = ${value} gives ${trained.toLocaleString("en-US")} (${signedPercent(trained, count)})`;
  });
  const exact = exactFor(graph, count, formula).map((pair) => formatPair(pair));
  const help =
    exact.length > 0 ? `${described.join(", ")}; exact: ${exact.join("; ")}` : described.join(", ");
  const fixes = fixesFor(graph, budget, count, kind);
  const parameters = { name, budget: count, nearest: help };
  found.report("plan/no-exact-solution", setting.place, parameters, { related: memberOf(tune), fixes });
  return undefined;
}

/** Exact values for two of the arguments, the ones nearest to what was written first. */
function exactFor(graph: TuneGraph, count: number, formula: Polynomial): readonly Pair[] {
  return exactPairs(graph.tune.method, knownSizes(graph.tune, graph.tune.method), formula, count);
}

/** Exact solutions first, then the nearest value of each argument with the tolerance that it needs. */
function fixesFor(
  graph: TuneGraph,
  budget: Budget,
  count: number,
  kind: PlannedBudget["kind"],
): readonly Fix[] {
  const { tune } = graph;
  const formula = trainedCount(graph.method);
  const exact = exactFor(graph, count, formula).map((pair): Fix => {
    const edits = pair.map(({ setting, value }) => ({ place: setting.place, text: String(value) }));
    return { title: `${formatPair(pair)}: exactly ${count.toLocaleString("en-US")}`, edits };
  });
  const sizes = knownSizes(tune, tune.method);
  const near = [...tune.method.arguments].flatMap(([name, setting]): Fix[] => {
    const others = [...tune.method.arguments].every(
      ([other, { value }]) => other === name || value !== "auto",
    );
    if (setting.from !== "source" || !others || !symbolsOf(formula).has(name)) return [];
    const counted = (value: number) => evaluate(formula, new Map([...sizes, [name, value]]));
    const below = largestWithin(counted, count);
    if (below === undefined || counted(below) === count) return []; // what is exact is listed above
    const above = kind === "atMost" ? below : below + 1;
    const value = Math.abs(counted(below) - count) <= Math.abs(counted(above) - count) ? below : above;
    return [nearFix(name, setting, value, counted(value), count, budget, kind)];
  });
  return [...exact, ...near];
}

function nearFix(
  name: string,
  setting: Setting<number | "auto">,
  value: number,
  trained: number,
  count: number,
  budget: Budget,
  kind: PlannedBudget["kind"],
): Fix {
  const edit = { place: setting.place, text: String(value) };
  const reached = `${trained.toLocaleString("en-US")} (${signedPercent(trained, count)})`;
  if (trained === count || kind === "atMost")
    return { title: `${name} = ${value}: ${reached}`, edits: [edit] };
  // Rounded up to a tenth of a percent, so that the stated tolerance really holds it.
  const tolerance = `${Math.ceil((Math.abs(trained - count) / count) * 1000) / 10}%`;
  const { source, span } = budget.place;
  const written = source.text.slice(span.start, span.end).replace(/\s+within\s+[\d._]+%$/, "");
  const allowed = { place: budget.place, text: `${written} within ${tolerance}` };
  return { title: `${name} = ${value} within ${tolerance}: ${reached}`, edits: [edit, allowed] };
}

function formatPair(pair: Pair): string {
  return pair.map(({ name, value }) => `${name} = ${value}`).join(", ");
}

/** `+3.59%`, `−0.77%`, `equal`. */
export function signedPercent(trained: number, count: number): string {
  if (trained === count) return "equal";
  const share = ((trained - count) / count) * 100;
  return `${share > 0 ? "+" : "−"}${Math.abs(share).toFixed(2)}%`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))}%`;
}
