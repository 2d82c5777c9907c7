// A backbone declaration to the frozen model's dimensions.

import type { BackboneDeclaration, Field } from "../syntax/ast.ts";
import { architectures, type DimensionValue } from "./architectures.ts";
import type { Architecture, Backbone, Resource, Setting } from "./program.ts";
import { complete, readSettings, type Schema, type WrittenField } from "./read-settings.ts";
import { integer, oneOf } from "./read-value.ts";
import { checkpoint } from "./resource.ts";
import { type Context, placeOf } from "./scope.ts";

interface CommonSettings {
  readonly architecture: Architecture;
  readonly checkpoint: Resource;
  readonly width: number;
  readonly vocabulary: number;
}

const size = integer({ min: 1 });
const names = Object.keys(architectures) as Architecture[];
const readArchitecture = oneOf(...names);

const commonSchema: Schema<CommonSettings> = {
  architecture: { read: readArchitecture, example: "architecture = t5" },
  checkpoint: { read: checkpoint, example: 'checkpoint = folder("checkpoints/t5-small")' },
  width: { read: size, example: "width = 512" },
  vocabulary: { read: size, example: "vocabulary = 32_128" },
};

/** Settings of a `backbone` block, named as in the literature; all are asserted against config.json when it is loaded. */
export function backboneSchema(
  architecture: Architecture,
): Schema<CommonSettings & Readonly<Record<string, unknown>>> {
  const { vocabulary, ...first } = commonSchema;
  return { ...first, ...architectures[architecture].settings, vocabulary };
}

export function resolveBackbone(
  declaration: BackboneDeclaration,
  context: Context,
  changed: readonly WrittenField[],
): Backbone | undefined {
  const { name, doc } = declaration;
  const place = placeOf(context, name);
  const owner = { name: name.text, place, context };
  const declared = declaration.fields.map((field: Field): WrittenField => ({ field, context }));
  const architecture = architectureOf([...declared, ...changed]);
  if (!architecture) {
    // Which dimensions it takes is not known, so nothing is said of them.
    const common = [declared, changed].map((block) => block.filter((each) => !isDimension(each)));
    readSettings(owner, common, commonSchema);
    return undefined;
  }
  const written = [declared, changed].map((block) =>
    block.filter((each) => !isForeign(each, architecture) || reportForeign(each, architecture)),
  );
  const schema = backboneSchema(architecture);
  const settings = readSettings(owner, written, schema);
  const all = complete(settings);
  if (!all) return undefined;
  const dimensions = Object.keys(architectures[architecture].settings).map(
    (key) => [key, all[key] as Setting<DimensionValue>] as const,
  );
  return {
    kind: "backbone",
    name: name.text,
    place,
    doc,
    architecture: all.architecture,
    checkpoint: all.checkpoint,
    width: all.width,
    dimensions: Object.fromEntries(dimensions),
    vocabulary: all.vocabulary,
  };
}

/** The last architecture written, where it is one; what it is else is reported with the other settings. */
function architectureOf(written: readonly WrittenField[]): Architecture | undefined {
  const last = written.findLast(({ field }) => field.name.text === "architecture")?.field.value;
  return names.find((each) => last?.kind === "Name" && last.text === each);
}

function takenBy(setting: string): readonly Architecture[] {
  return names.filter((each) => Object.hasOwn(architectures[each].settings, setting));
}

function isDimension({ field }: WrittenField): boolean {
  return takenBy(field.name.text).length > 0;
}

function isForeign(written: WrittenField, architecture: Architecture): boolean {
  return isDimension(written) && !takenBy(written.field.name.text).includes(architecture);
}

/** Always false: the field is reported and read no further. */
function reportForeign({ field, context }: WrittenField, architecture: Architecture): boolean {
  const name = field.name.text;
  context.found.report("program/foreign-setting", placeOf(context, field.name), {
    name,
    architecture,
    others: takenBy(name).join(", "),
    known: Object.keys(backboneSchema(architecture)).join(", "),
  });
  return false;
}
