// A sweep declaration to its points: the cross product of its axes over one tune.

import type { SweepDeclaration, TuneDeclaration } from "../syntax/ast.ts";
import { expandSeeds } from "./expand-seeds.ts";
import type { Tune } from "./program.ts";
import { isMissing, wrongValue } from "./read-value.ts";
import { type NameReaders, resolveTune } from "./resolve-tune.ts";
import { type Context, didYouMean, placeOf } from "./scope.ts";
import { type Coordinate, varyTune } from "./vary-tune.ts";

/** More points than anyone means to run; past it the product is a slip of a list. */
const mostPoints = 1_000;

/** One tune for each point, named `sweep/length=20,lr=0.3`. */
export function resolveSweep(
  declaration: SweepDeclaration,
  context: Context,
  readers: NameReaders,
): readonly Tune[] {
  const tune = sweptTune(declaration, context);
  const points = tune && pointsOf(declaration, context);
  if (!tune || !points) return [];
  const family = {
    kind: "sweep",
    name: declaration.name.text,
    place: placeOf(context, declaration.name),
  } as const;
  const doc = declaration.doc ?? tune.doc;
  return points.flatMap((point): Tune[] => {
    const varied = vary({ ...tune, doc }, point, context);
    if (!varied) return [];
    const seeded = expandSeeds(varied, context) ?? [{ declaration: varied, name: "" }];
    return seeded.flatMap(({ declaration: each, name }): Tune[] => {
      const resolved = resolveTune(each, context, readers);
      const member = [pointName(point, context), name].filter(Boolean).join(",");
      return resolved ? [{ ...resolved, name: `${family.name}/${member}`, family }] : [];
    });
  });
}

function sweptTune(declaration: SweepDeclaration, context: Context): TuneDeclaration | undefined {
  const { of } = declaration;
  const tunes = context.document.declarations.filter(
    (each): each is TuneDeclaration => each.kind === "TuneDeclaration",
  );
  const tune = tunes.find(({ name }) => name.text === of.text);
  if (!tune && of.text !== "") {
    const known = tunes.map(({ name }) => name.text);
    const parameters = { name: of.text, suggestion: didYouMean(of.text, known) };
    context.found.report("program/no-such-tune", placeOf(context, of), parameters);
  }
  return tune;
}

function pointsOf(
  declaration: SweepDeclaration,
  context: Context,
): readonly (readonly Coordinate[])[] | undefined {
  let points: readonly (readonly Coordinate[])[] = [[]];
  for (const axis of declaration.axes) {
    const { values } = axis;
    const path = axis.path.map(({ text }) => text).join(".");
    if (values.kind !== "List" || values.items.length === 0) {
      if (!isMissing(values)) wrongValue(values, context, path, "a list of values");
      return undefined;
    }
    points = points.flatMap((point) => values.items.map((value) => [...point, { axis, value }]));
    if (points.length > mostPoints) {
      const parameters = { name: declaration.name.text, most: mostPoints };
      context.found.report("program/too-many-points", placeOf(context, declaration.name), parameters);
      return undefined;
    }
  }
  return points;
}

function vary(
  tune: TuneDeclaration,
  point: readonly Coordinate[],
  context: Context,
): TuneDeclaration | undefined {
  let varied: TuneDeclaration | undefined = tune;
  for (const coordinate of point) {
    varied = varied && varyTune(varied, coordinate);
    if (varied) continue;
    const path = coordinate.axis.path.map(({ text }) => text).join(".");
    const span = {
      start: coordinate.axis.path[0]?.span.start ?? 0,
      end: coordinate.axis.path.at(-1)?.span.end ?? 0,
    };
    context.found.report("program/sweep-path", placeOf(context, { span }), { path, tune: tune.name.text });
    return undefined;
  }
  return varied;
}

/** `length=20,lr=0.3`: fit for a folder's name. Axes that end alike keep their whole paths. */
function pointName(point: readonly Coordinate[], context: Context): string {
  const last = point.map(({ axis }) => axis.path.at(-1)?.text ?? "");
  return point
    .map(({ axis, value }, index) => {
      const own = last[index] ?? "";
      const isShared = last.filter((each) => each === own).length > 1;
      const name = isShared ? axis.path.map(({ text }) => text).join(".") : own;
      return `${name}=${context.document.source.text.slice(value.span.start, value.span.end)}`;
    })
    .join(",")
    .replaceAll(/\s+/g, "")
    .replaceAll(/[/\\:*?"<>|]/g, "-");
}
