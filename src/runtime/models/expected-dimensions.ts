// What a script was compiled for, compared with what config.json says.

import { OperationalError } from "../operational-error.ts";

/** Each dimension as a script names it: what to call it in a message, and the field of the configuration read. */
export type DimensionTable<Config> = Readonly<Record<string, readonly [field: string, read: keyof Config]>>;

/** Throws an OperationalError naming every dimension that differs, with both values; undefined ones are not compared. */
export function checkDimensions<Config>(
  file: string,
  config: Config,
  table: DimensionTable<Config>,
  expect: Readonly<Record<string, unknown>>,
): void {
  const compared = Object.entries(table).map(([dimension, [field, read]]): Dimension => [
    field,
    config[read],
    expect[dimension],
  ]);
  assertDimensions(file, compared);
}

/** A field of config.json, what it says, and what the script was compiled for. */
export type Dimension = readonly [field: string, found: unknown, expected: unknown];

/** The same for dimensions that were read one by one. */
export function assertDimensions(file: string, dimensions: readonly Dimension[]): void {
  const wrong = dimensions
    .filter(([, found, expected]) => expected !== undefined && expected !== found)
    .map(([field, found, expected]) => `${field} is ${String(found)}, not ${String(expected)}`);
  if (wrong.length === 0) return;
  throw new OperationalError(
    `${file}: this script was compiled for another backbone: ${wrong.join("; ")}. Use that backbone, or state the ` +
      `dimensions of this one in the .dept file and compile again`,
  );
}
