// A tune with several seeds to one declaration for each.

import type { Expression, Field, TrainBlock, TuneDeclaration } from "../syntax/ast.ts";
import { isMissing, wrongValue } from "./read-value.ts";
import { type Context, placeOf } from "./scope.ts";

/** One seed's declaration, and what its run is called: `seed=42`. */
export interface Seeded {
  readonly declaration: TuneDeclaration;
  readonly name: string;
}

/** `train { seeds = [42, 43] }` as one declaration with `seed = …` for each; none where there is no such setting. */
export function expandSeeds(declaration: TuneDeclaration, context: Context): readonly Seeded[] | undefined {
  const field = declaration.items.filter(isTrain).flatMap(seedsIn)[0];
  if (!field) return undefined;
  reportSeedBeside(declaration, field, context);
  const { value } = field;
  if (value.kind !== "List" || value.items.length === 0) {
    if (!isMissing(value)) wrongValue(value, context, "seeds", "a list of seeds, like [42, 43, 44]");
    return [];
  }
  const names = new Map<string, Expression>();
  for (const item of value.items) {
    const name = `seed=${context.document.source.text.slice(item.span.start, item.span.end)}`;
    if (names.has(name)) context.found.report("program/duplicate-setting", placeOf(context, item), { name });
    names.set(name, item);
  }
  return [...names].map(([name, seed]) => ({ name, declaration: withSeed(declaration, field, seed) }));
}

function withSeed(declaration: TuneDeclaration, field: Field, seed: Expression): TuneDeclaration {
  const replaced: Field = { ...field, name: { ...field.name, text: "seed" }, value: seed };
  const items = declaration.items.map((item) =>
    isTrain(item)
      ? {
          ...item,
          fields: item.fields.flatMap((each) => (each === field ? [replaced] : isSeed(each) ? [] : [each])),
        }
      : item,
  );
  return { ...declaration, items };
}

function reportSeedBeside(declaration: TuneDeclaration, seeds: Field, context: Context): void {
  const seed = declaration.items.filter(isTrain).flatMap(({ fields }) => fields.filter(isSeed))[0];
  if (!seed) return;
  const related = [{ place: placeOf(context, seeds), message: "the seeds are set here" }];
  context.found.report("program/duplicate-setting", placeOf(context, seed), { name: "seed" }, { related });
}

function isTrain(item: TuneDeclaration["items"][number]): item is TrainBlock {
  return item.kind === "TrainBlock";
}

function isSeed({ name }: Field): boolean {
  return name.text === "seed";
}

function seedsIn({ fields }: TrainBlock): readonly Field[] {
  return fields.filter(({ name }) => name.text === "seeds");
}
