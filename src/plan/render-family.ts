// Several plans side by side: the legs of a comparison, the points of a sweep.

import { stackOf } from "../program/architectures.ts";
import type { Family } from "../program/program.ts";
import { signedPercent } from "./budget.ts";
import type { Plan } from "./plan.ts";
import { columns, grouped, methodOf, renderPlan } from "./render-plan.ts";

/** Every plan of a file: a page for each tune, one table for each family. */
export function renderPlans(plans: readonly Plan[]): string {
  const pages = groupByFamily(plans).map(({ family, members }) =>
    family ? renderFamily(family, members) : members.map(renderPlan).join("\n"),
  );
  return pages.join("\n");
}

export interface PlanGroup {
  /** Undefined for a tune that stands alone. */
  readonly family: Family | undefined;
  readonly members: readonly Plan[];
}

/** Tunes that stand alone, and families, in the order of the file. */
export function groupByFamily(plans: readonly Plan[]): readonly PlanGroup[] {
  const groups = new Map<string, { family: Family | undefined; members: Plan[] }>();
  for (const plan of plans) {
    const { family, name } = plan.tune;
    const key = family?.name ?? name;
    const group = groups.get(key) ?? { family, members: [] };
    group.members.push(plan);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** A member's own name: what follows the family's. */
export function memberName({ tune }: Plan): string {
  return tune.family ? tune.name.slice(tune.family.name.length + 1) : tune.name;
}

function renderFamily(family: Family, members: readonly Plan[]): string {
  const isCompare = family.kind === "compare";
  const header = [
    isCompare ? "leg" : "point",
    "method",
    "trained",
    "budget",
    "stored",
    "positions",
    members[0] ? `${stackOf(members[0].tune.backbone).kind} work` : "work",
  ];
  const rows = members.map((plan) => {
    const { budget, stored, addedPositions, baseline } = plan;
    return [
      memberName(plan),
      methodOf(plan),
      grouped(plan.trained),
      budget ? `${grouped(budget.count)} ${signedPercent(budget.trained, budget.count)}` : "none",
      grouped(stored.reduce((sum, { count }) => sum + count, 0)),
      grouped(addedPositions),
      baseline ? `× ${baseline.work.toFixed(2)}` : "",
    ];
  });
  const text = members[0]?.budget?.text;
  const held = text === undefined ? "" : `, held to ${text}`;
  const title = `${family.name}   ${members.length} ${isCompare ? "leg" : "point"}${members.length === 1 ? "" : "s"}${held}`;
  const table = columns([header, ...rows], ["left", "left", "right", "right", "right", "right", "right"]);
  return [title, "", ...table.map((line) => `  ${line}`), ""].join("\n");
}
