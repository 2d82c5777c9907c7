// A compare declaration to its legs: tunes that share everything but the method and its groups.

import type { CompareDeclaration, Leg, TuneDeclaration } from "../syntax/ast.ts";
import { expandSeeds } from "./expand-seeds.ts";
import type { Tune } from "./program.ts";
import { type NameReaders, resolveTune } from "./resolve-tune.ts";
import { type Context, placeOf } from "./scope.ts";

/** One tune for each leg, named `comparison/leg`, and for each of its seeds, `comparison/leg,seed=42`. What a leg and the comparison both say is reported as said twice. */
export function resolveComparison(
  declaration: CompareDeclaration,
  context: Context,
  readers: NameReaders,
): { readonly tunes: readonly Tune[]; readonly declared: number } {
  const legs = declaration.items.filter((item): item is Leg => item.kind === "Leg");
  const shared = declaration.items.filter((item) => item.kind !== "Leg");
  const family = {
    kind: "compare",
    name: declaration.name.text,
    place: placeOf(context, declaration.name),
  } as const;
  if (legs.length < 2) context.found.report("program/one-leg", family.place, { name: family.name });
  if (
    ![...shared, ...legs.flatMap(({ items }) => items)].some(
      (item) => item.kind === "Field" && item.name.text === "budget",
    )
  ) {
    const parameters = {
      owner: family.name,
      names: "budget",
      examples: "budget = parity(prompt_tuning(length = 100))",
    };
    context.found.report("program/missing-setting", family.place, parameters);
  }
  const seen = new Map<string, Leg>();
  let declared = 0;
  const tunes = legs.flatMap((leg): readonly Tune[] => {
    const first = seen.get(leg.name.text);
    if (first) {
      const related = [{ place: placeOf(context, first.name), message: "first declared here" }];
      const place = placeOf(context, leg.name);
      context.found.report("program/duplicate-name", place, { name: leg.name.text }, { related });
      declared++;
      return [];
    }
    seen.set(leg.name.text, leg);
    const own = asTune(leg, shared, declaration);
    const seeded = expandSeeds(own, context) ?? [{ declaration: own, name: "" }];
    declared += seeded.length;
    return seeded.flatMap(({ declaration: each, name }): Tune[] => {
      const tune = resolveTune(each, context, readers);
      const member = [leg.name.text, name].filter(Boolean).join(",");
      return tune ? [{ ...tune, name: `${family.name}/${member}`, family }] : [];
    });
  });
  return { tunes, declared };
}

function asTune(leg: Leg, shared: TuneDeclaration["items"], { doc }: CompareDeclaration): TuneDeclaration {
  return { kind: "TuneDeclaration", name: leg.name, doc, items: [...shared, ...leg.items], span: leg.span };
}
