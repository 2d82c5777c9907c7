// WGSL that the programs for attention have in common: tiles in the workgroup's memory, and the products of them.
//
// A workgroup of 8 × 8 threads owns a tile of one side, rows or keys, and goes over the other side in tiles, in order: every sum is one
// chain. Thread (x, y) has the rows `y·n + i` of the own tile, of the other one those at `x + 8·j`, and of what is summed
// up for its own rows the vectors `x + 8·j`.

/** Threads along each side. */
const side = 8;

/** Rows of the tile that a workgroup owns, and of those it goes over. */
export interface AttentionTiles {
  readonly own: 8 | 16 | 32;
  readonly other: 8 | 16 | 32;
}

/** Sizes of a program, and a thread's rows and vectors by number. */
export interface AttentionForm extends AttentionTiles {
  /** Vectors of four in a row. */
  readonly vectors: number;
  /** From one row of the other tile to the next: an odd number, so that threads side by side read from different banks. */
  readonly stride: number;
  readonly owned: readonly number[];
  readonly others: readonly number[];
  readonly columns: readonly number[];
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

export function formOf(headWidth: number, { own, other }: AttentionTiles): AttentionForm {
  const vectors = headWidth / 4;
  return {
    own,
    other,
    vectors,
    stride: vectors | 1,
    owned: upTo(own / side),
    others: upTo(other / side),
    columns: upTo(Math.ceil(vectors / side)),
  };
}

/** Bytes of a workgroup's memory with so many own tiles. */
export function bytesOf({ own, other, vectors, stride }: AttentionForm, ownTiles: number): number {
  return 16 * (ownTiles * own * vectors + other * stride) + 4 * (other * own + own * side);
}

/** `main` up to where its numbers are known. `tiles` are the own ones; `weights` has a number for each own row and row of the other tile. */
export function beginning(form: AttentionForm, tiles: readonly string[]): string {
  const { own, other, vectors, stride, owned } = form;
  return `
${tiles.map((tile) => `var<workgroup> ${tile}: array<vec4f, ${own * vectors}>;`).join("\n")}
var<workgroup> others: array<vec4f, ${other * stride}>;
var<workgroup> weights: array<${numbers(owned.length)}, ${other * side}>;
var<workgroup> shares: array<f32, ${own * side}>;

@compute @workgroup_size(${side * side})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let x = lane % ${side}u;
  let y = lane / ${side}u;
  let first = group.x * ${own}u;
  let head = group.y;
  let example = group.z;
  let matrix = example * given.heads + head;
  let rowsAt = matrix * given.rows * ${vectors}u;
  let keysAt = matrix * given.keyRows * ${vectors}u;`;
}

const numbers = (count: number) => (count === 1 ? "f32" : `vec${count}f`);

/** Number of a thread's own row, and of its row of the other tile that begins at `begin`. */
export const ownRow = ({ owned }: AttentionForm, i: number) => `first + y * ${owned.length}u + ${i}u`;
export const otherRow = (j: number) => `begin + x + ${j * side}u`;

/** What the thread does for each of its own rows, for each of the others, for each pair of both. */
export const eachOwn = ({ owned }: AttentionForm, line: (i: number) => string) =>
  owned.map(line).join("\n    ");
export const eachOther = ({ others }: AttentionForm, line: (j: number) => string) =>
  others.map(line).join("\n    ");
export const eachPair = (form: AttentionForm, line: (i: number, j: number) => string) =>
  eachOwn(form, (i) => form.others.map((j) => line(i, j)).join(" "));

function filled(
  tile: string,
  stride: number,
  count: number,
  source: string,
  start: string,
  from: string,
  end: string,
  vectors: number,
) {
  return `for (var index = lane; index < ${count * vectors}u; index += ${side * side}u) {
      let row = ${from} + index / ${vectors}u;
      let column = index % ${vectors}u;
      var entry = vec4f();
      if (row < ${end}) { entry = ${source}[${start} + row * ${vectors}u + column]; }
      ${tile}[index / ${vectors}u * ${stride}u + column] = entry;
    }`;
}

/** Where a matrix's rows begin in its buffer, and how many there are. */
export interface Side {
  readonly start: "rowsAt" | "keysAt";
  readonly end: "given.rows" | "given.keyRows";
}

export const ofRows: Side = { start: "rowsAt", end: "given.rows" };
export const ofKeys: Side = { start: "keysAt", end: "given.keyRows" };

/** An own tile, zeros beyond the last row. */
export function fillOwn(form: AttentionForm, tile: string, source: string, { start, end }: Side): string {
  return filled(tile, form.vectors, form.own, source, start, "first", end, form.vectors);
}

/** The other tile at `begin`, once nobody reads the one before; `meanwhile` may write to what was read with it. */
export function fillOther(form: AttentionForm, source: string, { start, end }: Side, meanwhile = ""): string {
  return `workgroupBarrier();
    ${filled("others", form.stride, form.other, source, start, "begin", end, form.vectors)}
    ${meanwhile}
    workgroupBarrier();`;
}

/** Inner products of the thread's own rows with its others, as `name` with i and j. */
export function products(form: AttentionForm, name: string, tile: string): string {
  const { vectors, stride, owned } = form;
  return `${eachPair(form, (i, j) => `var ${name}${i}${j} = 0.0;`)}
    for (var at = 0u; at < ${vectors}u; at++) {
      ${eachOwn(form, (i) => `let own${i} = ${tile}[(y * ${owned.length}u + ${i}u) * ${vectors}u + at];`)}
      ${eachOther(form, (j) => `let other${j} = others[(x + ${j * side}u) * ${stride}u + at];`)}
      ${eachPair(form, (i, j) => `${name}${i}${j} += dot(own${i}, other${j});`)}
    }`;
}

/** Puts a number for each pair where all threads of the row find it. */
export function weigh(form: AttentionForm, number: (i: number, j: number) => string): string {
  const { owned } = form;
  return eachOther(
    form,
    (j) =>
      `weights[(x + ${j * side}u) * ${side}u + y] = ${numbers(owned.length)}(${owned.map((i) => number(i, j)).join(", ")});`,
  );
}

/** `name` with i and j, the thread's part of what is summed up. */
export const zeros = (form: AttentionForm, name: string) =>
  eachSum(form, (i, j) => `var ${name}${i}${j} = vec4f();`);

export const eachSum = (form: AttentionForm, line: (i: number, j: number) => string) =>
  eachOwn(form, (i) => form.columns.map((j) => line(i, j)).join(" "));

/** Adds the rows of the other tile by their weights; `also` sees each weight. Vectors beyond the row are not written in the end. */
export function addWeighted(
  form: AttentionForm,
  name: string,
  also: (i: number) => string = () => "",
): string {
  const { other, stride, columns } = form;
  return `for (var at = 0u; at < ${other}u; at++) {
      let weight = weights[at * ${side}u + y];
      ${columns.map((j) => `let part${j} = others[at * ${stride}u + x + ${j * side}u];`).join(" ")}
      ${eachOwn(form, (i) => also(i))}
      ${eachSum(form, (i, j) => `${name}${i}${j} = fma(vec4f(${weightAt(form, i)}), part${j}, ${name}${i}${j});`)}
    }`;
}

/** The weight of own row i, in what `also` of `addWeighted` gives. */
export const weightAt = ({ owned }: AttentionForm, i: number) =>
  owned.length === 1 ? "weight" : `weight[${i}]`;

/** Shares that the threads of a row have in a number, put where all of them find it, and all eight of row i. */
export const share = (form: AttentionForm, value: (i: number) => string) =>
  eachOwn(form, (i) => `shares[${shareAt(form, i)} + x] = ${value(i)};`);

export const sharesOf = (form: AttentionForm, i: number) =>
  upTo(side).map((n) => `shares[${shareAt(form, i)} + ${n}u]`);

const shareAt = ({ owned }: AttentionForm, i: number) => `(y * ${owned.length}u + ${i}u) * ${side}u`;

export const largestOf = (values: readonly string[]) => values.reduce((all, each) => `max(${all}, ${each})`);

/** Writes the sums of own row i. */
export function write(
  form: AttentionForm,
  name: string,
  i: number,
  { start, end }: Side,
  scale = "",
): string {
  const { vectors, columns } = form;
  const line = (j: number) =>
    `if (x + ${j * side}u < ${vectors}u) { ${name}[${start} + row * ${vectors}u + x + ${j * side}u] = ${name}${i}${j}${scale}; }`;
  return `{ let row = ${ownRow(form, i)};
    if (row < ${end}) { ${columns.map(line).join(" ")} } }`;
}
