// The checks of a tune, one small function each. To add one: a code in the catalogue, a function, a row in `rules`.

import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { wordFix } from "../diagnostics/word-fix.ts";
import { type MethodGraph, operandsOf, reachedFrom, type TuneGraph } from "../graph/graph.ts";
import { evaluate, symbolsOf } from "../graph/polynomial.ts";
import { didYouMean } from "../program/scope.ts";
import { architectures } from "../program/architectures.ts";
import { addedPositions, trainedParameters } from "./bill.ts";
import { movement } from "./movement.ts";

/** What a rule looks at: the tune, and the value of every symbol (d, s and the arguments, `auto` solved). */
export interface RuleInput {
  readonly graph: TuneGraph;
  readonly sizes: ReadonlyMap<string, number>;
}

type Rule = (input: RuleInput, found: Diagnostics) => void;

/** Rules that need no numbers: run before the budget is looked at. */
export const structureRules: readonly Rule[] = [
  weightsCanBeTrained,
  answersCanBeWritten,
  everyTensorReachesTheOutput,
  everyTrainedTensorHasOneGroup,
  onlyTrainedTensorsAreProjected,
  everyGroupHoldsATensor,
  everyGroupHasALearningRate,
  somethingIsTrained,
  warmupEndsBeforeTraining,
  evaluationHappens,
];

/** Rules about sizes: run once `auto` is solved. */
export const sizeRules: readonly Rule[] = [
  everyGroupMoves,
  everyTensorCanMove,
  softPromptsCanMove,
  weightsMoveGently,
  promptIsShorterThanInput,
  rankCanExist,
];

function weightsCanBeTrained({ graph }: RuleInput, found: Diagnostics): void {
  const { backbone, method } = graph.tune;
  const architecture = backbone.architecture.value;
  if (!trainsWeights(graph.method) || architectures[architecture].takesWeights) return;
  found.report("plan/weights-not-open", method.place, { backbone: backbone.name, architecture });
}

function trainsWeights({ output }: MethodGraph): boolean {
  return output.kind === "inside" && output.attachments.some(({ change }) => change === "trained");
}

function answersCanBeWritten({ graph }: RuleInput, found: Diagnostics): void {
  const { backbone, task } = graph.tune;
  const architecture = backbone.architecture.value;
  if (task.target.value.kind !== "text" || architectures[architecture].loader !== "loadBert") return;
  const related = [{ place: backbone.architecture.place, message: "answers in one word" }];
  found.report(
    "plan/cannot-write",
    task.target.place,
    { backbone: backbone.name, architecture },
    { related },
  );
}

function everyTensorReachesTheOutput({ graph }: RuleInput, found: Diagnostics): void {
  const reached = reachedFrom(graph.method, graph.method.output.id);
  for (const { id, place } of graph.method.parameters) {
    if (!reached.has(id)) found.report("plan/dead-tensor", place, { tensor: id });
  }
}

function everyTrainedTensorHasOneGroup({ graph }: RuleInput, found: Diagnostics): void {
  for (const { id, place, groups, frozen } of graph.method.parameters) {
    const [first, second] = groups;
    if (frozen && first) found.report("plan/frozen-in-group", first.place, { tensor: id, group: first.name });
    else if (!frozen && !first) found.report("plan/no-group", place, { tensor: id });
    if (second) {
      const names = groups.map((group) => group.name).join(", ");
      found.report("plan/two-groups", second.place, { tensor: id, groups: names });
    }
  }
}

function onlyTrainedTensorsAreProjected({ graph }: RuleInput, found: Diagnostics): void {
  for (const { id, frozen, projection } of graph.method.parameters) {
    if (frozen && projection) found.report("plan/frozen-projected", projection.place, { tensor: id });
  }
}

function everyGroupHoldsATensor({ graph }: RuleInput, found: Diagnostics): void {
  const known = [...groupsOf(graph.method).keys()];
  for (const { name, place } of graph.tune.groups) {
    if (known.includes(name)) continue;
    const suggestion = didYouMean(name, known);
    const parameters = { group: name, method: graph.method.method.name, suggestion, known: known.join(", ") };
    found.report("plan/unused-group", place, parameters, { fixes: wordFix(name, known, place) });
  }
}

function everyGroupHasALearningRate({ graph }: RuleInput, found: Diagnostics): void {
  const { tune, method } = graph;
  for (const [name, tensors] of groupsOf(method)) {
    const group = tune.groups.find((each) => each.name === name);
    if (group?.learningRate) continue;
    const related = tensors.map(({ id, place }) => ({ place, message: `${id} is in group ${name}` }));
    const parameters = {
      group: name,
      tensors: tensors.map(({ id }) => id).join(", "),
      tune: tune.name,
      example: "{ lr = 3e-1 }",
    };
    found.report("plan/no-learning-rate", group?.place ?? tune.place, parameters, { related });
  }
}

function somethingIsTrained({ graph }: RuleInput, found: Diagnostics): void {
  if (trainedParameters(graph.method).length > 0) return;
  found.report("plan/nothing-trained", graph.tune.method.place, { method: graph.method.method.name });
}

function warmupEndsBeforeTraining({ graph }: RuleInput, found: Diagnostics): void {
  const { train, groups } = graph.tune;
  const { steps } = train;
  for (const schedule of [train.schedule, ...groups.flatMap((group) => group.schedule ?? [])]) {
    if (schedule.value.kind === "constant" || schedule.value.warmup < steps.value) continue;
    const related = [{ place: steps.place, message: "training ends here" }];
    const parameters = { warmup: schedule.value.warmup, steps: steps.value };
    found.report("plan/warmup-too-long", schedule.place, parameters, { related });
  }
}

function evaluationHappens({ graph }: RuleInput, found: Diagnostics): void {
  const { evaluateEvery, steps } = graph.tune.train;
  if (evaluateEvery.value <= steps.value) return;
  const parameters = { every: evaluateEvery.value, steps: steps.value };
  found.report("plan/evaluate-too-rare", evaluateEvery.place, parameters);
}

function everyGroupMoves({ graph }: RuleInput, found: Diagnostics): void {
  for (const [name, members] of groupsOf(graph.method)) {
    const rate = graph.tune.groups.find((group) => group.name === name)?.learningRate;
    if (rate?.value !== 0) continue;
    const tensors = members.map(({ id }) => id).join(", ");
    found.report("plan/learning-rate-zero", rate.place, { group: name, tensors });
  }
}

function everyTensorCanMove({ graph, sizes }: RuleInput, found: Diagnostics): void {
  const { method } = graph;
  const reached = reachedFrom(method, method.output.id);
  const { moving, blocked } = movement(method, sizes);
  for (const { id, place, shape } of trainedParameters(method)) {
    const isEmpty = shape.some((size) => evaluate(size, sizes) === 0);
    if (moving.has(id) || isEmpty || !reached.has(id)) continue;
    const products = blocked
      .filter(({ operand }) => reachedFrom(method, operand).has(id))
      .map(({ node, zero }) => ({ place: node.place, message: `multiplied by ${zero}, which stays zero` }));
    const related = [{ place, message: "declared here" }, ...products];
    found.report("plan/never-moves", graph.tune.method.place, { tensor: id }, { related });
  }
}

function promptIsShorterThanInput({ graph, sizes }: RuleInput, found: Diagnostics): void {
  const { maxTokens } = graph.tune.task;
  const rows = addedPositions(graph.method, sizes);
  if (rows <= maxTokens.value) return;
  const related = [{ place: maxTokens.place, message: "the longest input" }];
  const parameters = { rows, tokens: maxTokens.value };
  found.report("plan/prompt-longer-than-input", graph.tune.method.place, parameters, { related });
}

/** A tensor whose rows are put in front of the words, untouched, is a soft prompt: it needs large steps. */
function softPromptsCanMove({ graph }: RuleInput, found: Diagnostics): void {
  const { method, tune } = graph;
  const softRows = [...method.nodes.values()].flatMap((node) =>
    node.kind === "concat" ? operandsOf(node) : [],
  );
  for (const [name, tensors] of groupsOf(method)) {
    const rate = tune.groups.find((group) => group.name === name)?.learningRate;
    const prompts = tensors.filter(({ id }) => softRows.includes(id));
    if (!rate || rate.value === 0 || prompts.length === 0 || (rate.value >= 0.01 && rate.value <= 1))
      continue;
    const parameters = {
      rate: String(rate.value),
      group: name,
      tensors: prompts.map(({ id }) => id).join(", "),
    };
    found.report("plan/learning-rate-range", rate.place, parameters);
  }
}

/** Weights that go on from pretraining need small steps. What Adafactor scales is in units of its own. */
function weightsMoveGently({ graph }: RuleInput, found: Diagnostics): void {
  const { method, tune } = graph;
  const { settings } = tune.train.optimizer.value;
  if (settings["scale_parameter"] === true || settings["relative_step"] === true) return;
  for (const [name, tensors] of groupsOf(method)) {
    const rate = tune.groups.find((group) => group.name === name)?.learningRate;
    const weights = tensors.filter(({ initial }) => initial.kind === "pretrained");
    if (!rate || rate.value === 0 || weights.length === 0 || (rate.value >= 1e-5 && rate.value <= 1e-3))
      continue;
    const ids = weights.map(({ id }) => id);
    const listed =
      ids.length > 3 ? `${ids.slice(0, 2).join(", ")} and ${ids.length - 2} more` : ids.join(", ");
    found.report("plan/weights-rate-range", rate.place, {
      rate: String(rate.value),
      group: name,
      tensors: listed,
    });
  }
}

/** Of a tensor that is written as a product of two: where the inner size is the backbone's, nobody chose it as a rank. */
function rankCanExist({ graph, sizes }: RuleInput, found: Diagnostics): void {
  const { nodes, method } = graph.method;
  const { text } = method.source;
  for (const node of nodes.values()) {
    if (node.kind !== "matmul" || node.batched) continue;
    const inner = nodes.get(node.left)?.shape.at(-1);
    const [rows, columns] = node.shape.slice(-2);
    const isFactorised = [node.left, node.right].every((id) => nodes.get(id)?.kind === "parameter");
    const isChosen = inner && method.arguments.some(({ name }) => symbolsOf(inner).has(name));
    if (!isFactorised || !isChosen) continue;
    if (!rows || !columns || [inner, rows, columns].some((size) => symbolsOf(size).has("n"))) continue;
    const rank = evaluate(inner, sizes);
    const limit = Math.min(evaluate(rows, sizes), evaluate(columns, sizes));
    if (rank <= limit) continue;
    const product = text.slice(node.place.span.start, node.place.span.end);
    const related = [{ place: node.place, message: `the product ${product}` }];
    found.report("plan/rank-too-large", graph.tune.method.place, { product, rank, limit }, { related });
  }
}

/** The method's trained tensors by group; a tensor in two groups stands in the first. */
export function groupsOf(method: MethodGraph): ReadonlyMap<string, MethodGraph["parameters"]> {
  const groups = new Map<string, MethodGraph["parameters"][number][]>();
  for (const parameter of trainedParameters(method)) {
    const name = parameter.groups[0]?.name;
    if (name === undefined) continue;
    groups.set(name, [...(groups.get(name) ?? []), parameter]);
  }
  return groups;
}
