// One point of a sweep: a tune's declaration with some of its values replaced.

import type {
  Argument,
  Axis,
  Expression,
  Field,
  GroupBlock,
  Name,
  TrainBlock,
  TuneDeclaration,
  TuneItem,
} from "../syntax/ast.ts";

/** One axis at one of its values. */
export interface Coordinate {
  readonly axis: Axis;
  readonly value: Expression;
}

/**
 * The declaration with the value that the axis names replaced or, where it was left at its default, added:
 * `method.length`, `group.prompt.lr`, `train.seed`, `task.max_tokens`, `budget`. `undefined` when the path names none.
 */
export function varyTune(tune: TuneDeclaration, { axis, value }: Coordinate): TuneDeclaration | undefined {
  const [first, second, third, ...more] = axis.path;
  if (!first || more.length > 0) return undefined;
  if (!second) return varyItem(tune, isField(first.text), (field) => ({ ...field, value }));
  const field: Field = { kind: "Field", name: third ?? second, value, span: axis.span };
  if (first.text === "group" && third) {
    return varyItem(tune, isGroup(second.text), (group) => ({
      ...group,
      fields: withField(group.fields, field),
    }));
  }
  if (third) return undefined;
  if (first.text === "train") {
    return varyItem(tune, isTrain, (train) => ({ ...train, fields: withField(train.fields, field) }));
  }
  if (first.text === "method") {
    return varyItem(tune, isField("method"), (item) => ({
      ...item,
      value: withArgument(item.value, second, value),
    }));
  }
  if (first.text === "task" || first.text === "backbone") {
    return varyItem(tune, isField(first.text), (item) => ({ ...item, value: configured(item.value, field) }));
  }
  return undefined;
}

const isField =
  (name: string) =>
  (item: TuneItem): item is Field =>
    item.kind === "Field" && item.name.text === name;

const isGroup =
  (name: string) =>
  (item: TuneItem): item is GroupBlock =>
    item.kind === "GroupBlock" && item.name.text === name;

const isTrain = (item: TuneItem): item is TrainBlock => item.kind === "TrainBlock";

function varyItem<Item extends TuneItem>(
  tune: TuneDeclaration,
  isWanted: (item: TuneItem) => item is Item,
  change: (item: Item) => Item,
): TuneDeclaration | undefined {
  if (!tune.items.some(isWanted)) return undefined;
  return { ...tune, items: tune.items.map((item) => (isWanted(item) ? change(item) : item)) };
}

function withField(fields: readonly Field[], field: Field): readonly Field[] {
  const known = fields.some(({ name }) => name.text === field.name.text);
  if (!known) return [...fields, field];
  return fields.map((each) => (each.name.text === field.name.text ? { ...each, value: field.value } : each));
}

/** Only arguments given by name can vary: a bare position would have to be counted by the reader, too. */
function withArgument(method: Expression, name: Name, value: Expression): Expression {
  if (method.kind !== "Call") return method;
  const isIt = (argument: Argument) => argument.name?.text === name.text;
  if (method.arguments.some(isIt)) {
    const replaced = method.arguments.map((argument) => (isIt(argument) ? { ...argument, value } : argument));
    return { ...method, arguments: replaced };
  }
  const added: Argument = { kind: "Argument", name, value, span: value.span };
  return { ...method, arguments: [...method.arguments, added] };
}

function configured(thing: Expression, field: Field): Expression {
  if (thing.kind === "Name") return { kind: "Configured", base: thing, fields: [field], span: thing.span };
  return thing.kind === "Configured" ? { ...thing, fields: withField(thing.fields, field) } : thing;
}
