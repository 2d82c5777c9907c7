// What a survey of a task's rows shows to be wrong, at the lines of the program that it is about.

import type { Diagnostics, Fix, Place } from "../diagnostics/diagnostic.ts";
import type { Plan } from "./plan.ts";

const splits = ["train", "validation", "test"] as const;
type Split = (typeof splits)[number];

/** Of what `dept data --json` prints, what is judged here. */
export interface RowFacts {
  readonly splits: Readonly<
    Record<
      Split,
      {
        readonly rows: number;
        readonly labels: readonly number[];
        readonly lengths: { readonly longest: number };
        readonly empty: number;
      }
    >
  >;
  readonly classes: readonly { readonly text: string; readonly tokens: number }[];
  readonly score: "sum" | "mean";
  readonly shared: readonly {
    readonly of: Split;
    readonly from: Split;
    readonly rows: number;
    readonly otherLabel: number;
  }[];
  readonly positional: readonly {
    readonly tensor: string;
    readonly rows: number;
    readonly trained: number;
  }[];
}

export function checkRows(plan: Plan, facts: RowFacts, found: Diagnostics): void {
  const { task } = plan.tune;
  for (const split of splits) checkSplit(plan, split, facts, found);
  for (const { of, from, rows, otherLabel } of facts.shared) {
    if (rows === 0) continue;
    const labels = otherLabel > 0 ? `, ${otherLabel.toLocaleString("en-US")} of them with another label` : "";
    const related = [{ place: task[from].place, message: from }];
    found.report(
      "plan/shared-rows",
      task[of].place,
      { rows: counted(rows, "row"), of, from, labels },
      { related },
    );
  }
  checkTexts(plan, facts, found);
  checkPositional(plan, facts, found);
}

function checkSplit({ tune: { task } }: Plan, split: Split, facts: RowFacts, found: Diagnostics): void {
  const { empty, labels } = facts.splits[split];
  if (empty > 0)
    found.report("plan/empty-inputs", task.input.place, { rows: counted(empty, "input"), split });
  const unseen = facts.classes
    .filter((_, label) => (labels[label] ?? 0) === 0)
    .map(({ text }) => `“${text}”`);
  if (unseen.length === 0) return;
  const related = [{ place: task[split].place, message: split }];
  const parameters = { split, classes: unseen.join(", ") };
  found.report("plan/class-without-rows", task.target.place, parameters, { related });
}

function checkTexts({ tune: { task } }: Plan, { classes, score }: RowFacts, found: Diagnostics): void {
  const tokens = classes.map((each) => each.tokens);
  const [fewest, most] = [Math.min(...tokens), Math.max(...tokens)];
  if (score === "mean" || tokens.length === 0 || fewest === most) return;
  const fixes = task.target.from === "source" ? scoreByMean(task.target.place) : [];
  found.report("plan/unequal-texts", task.target.place, { fewest, most }, { fixes });
}

/** One more argument at the end of the target's call. */
function scoreByMean({ source, span }: Place): readonly Fix[] {
  const end = source.text.slice(0, span.end).lastIndexOf(")");
  const edit = { place: { source, span: { start: end, end } }, text: ", score = mean" };
  return [{ title: "add score = mean", edits: [edit] }];
}

function checkPositional({ tune: { task }, graph }: Plan, facts: RowFacts, found: Diagnostics): void {
  for (const { tensor, rows, trained } of facts.positional) {
    if (trained >= rows) continue;
    const parameter = graph.parameters.find(({ id }) => id === tensor);
    const related = parameter ? [{ place: parameter.place, message: `${rows} rows` }] : [];
    const longest = Math.max(...splits.map((split) => facts.splits[split].lengths.longest));
    const parameters = { from: trained, to: rows - 1, tensor, longest };
    found.report("plan/untrained-rows", task.maxTokens.place, parameters, { related });
  }
}

function counted(amount: number, thing: string): string {
  return `${amount.toLocaleString("en-US")} ${thing}${amount === 1 ? "" : "s"}`;
}
