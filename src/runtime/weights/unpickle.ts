// A restricted interpreter of Python's pickle format: it builds plain values and calls nothing but what it is given.

import { OperationalError } from "../operational-error.ts";

/** What a pickle may refer to. Every other name is refused before anything is made of it. */
export interface PickleNames {
  /** Functions and classes by their full name, and what each makes of its arguments. */
  readonly functions: ReadonlyMap<string, (args: readonly unknown[]) => unknown>;
  /** Makes the value of a persistent id: where the pickle says "stored elsewhere". */
  readonly persistent: (id: unknown) => unknown;
}

/** A permitted name, before it is called. */
export class PickledName {
  readonly name: string;
  readonly call: (args: readonly unknown[]) => unknown;

  constructor(name: string, call: (args: readonly unknown[]) => unknown) {
    this.name = name;
    this.call = call;
  }
}

/**
 * The value of a pickle (protocols 2 to 5, as far as torch.save needs them): dictionaries become `Map`s, lists and tuples
 * arrays, integers numbers where they fit. Throws an OperationalError that begins with `where` for every name not in `names`
 * and for whatever is damaged. The attributes an object is given afterwards are read and dropped.
 */
export function unpickle(bytes: Buffer, where: string, names: PickleNames): unknown {
  const machine = new PickleMachine(bytes, where, names);
  for (;;) {
    const code = machine.byte();
    if (code === opcode.stop) return machine.pop();
    const step = steps.get(code);
    if (step === undefined)
      throw machine.damaged(`operation 0x${code.toString(16)} is not one of torch.save's`);
    step(machine);
  }
}

/** The stack, the memo and the place in the bytes. */
class PickleMachine {
  readonly where: string;
  readonly names: PickleNames;
  readonly memo = new Map<number, unknown>();
  stack: unknown[] = [];
  readonly #marked: unknown[][] = [];
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer, where: string, names: PickleNames) {
    this.#bytes = bytes;
    this.where = where;
    this.names = names;
  }

  damaged(what: string): OperationalError {
    return new OperationalError(`${this.where} is damaged: ${what} (byte ${this.#position})`);
  }

  take(length: number): Buffer {
    const begin = this.#position;
    if (begin + length > this.#bytes.length) throw this.damaged("it ends in the middle");
    this.#position += length;
    return this.#bytes.subarray(begin, begin + length);
  }

  byte(): number {
    return this.take(1).readUInt8(0);
  }

  unsigned(): number {
    return this.take(4).readUInt32LE(0);
  }

  line(): string {
    const end = this.#bytes.indexOf("\n", this.#position);
    if (end < 0) throw this.damaged("it ends in the middle");
    const text = this.take(end - this.#position).toString("utf8");
    this.take(1);
    return text;
  }

  push(value: unknown): void {
    this.stack.push(value);
  }

  pop(): unknown {
    if (this.stack.length === 0) throw this.damaged("it takes a value where there is none");
    return this.stack.pop();
  }

  mark(): void {
    this.#marked.push(this.stack);
    this.stack = [];
  }

  /** The values since the last mark. */
  popMarked(): unknown[] {
    const values = this.stack;
    const below = this.#marked.pop();
    if (below === undefined) throw this.damaged("it goes back to a mark where there is none");
    this.stack = below;
    return values;
  }

  name(module: unknown, member: unknown): PickledName {
    const full = `${String(module)}.${String(member)}`;
    const call = this.names.functions.get(full);
    if (call !== undefined) return new PickledName(full, call);
    throw new OperationalError(
      `${this.where} asks for ${full}, which is not run: only tensors, numbers, texts, lists and dictionaries are read`,
    );
  }
}

type Step = (machine: PickleMachine) => void;

const opcode = { stop: 0x2e } as const;

/** Each operation by its code (Python's Lib/pickletools.py describes them). */
const steps: ReadonlyMap<number, Step> = new Map<number, Step>([
  [0x80, (m) => void m.take(1)], // protocol
  [0x95, (m) => void m.take(8)], // frame
  ...constants(),
  ...containers(),
  ...memoSteps(),
  ...objectSteps(),
]);

function constants(): [number, Step][] {
  const text = (length: number, m: PickleMachine) => m.push(m.take(length).toString("utf8"));
  return [
    [0x4e, (m) => m.push(null)],
    [0x88, (m) => m.push(true)],
    [0x89, (m) => m.push(false)],
    [0x4a, (m) => m.push(m.take(4).readInt32LE(0))],
    [0x4b, (m) => m.push(m.byte())],
    [0x4d, (m) => m.push(m.take(2).readUInt16LE(0))],
    [0x8a, (m) => m.push(wholeNumber(m.take(m.byte())))],
    [0x8b, (m) => m.push(wholeNumber(m.take(m.unsigned())))],
    [0x47, (m) => m.push(m.take(8).readDoubleBE(0))],
    [0x8c, (m) => text(m.byte(), m)],
    [0x58, (m) => text(m.unsigned(), m)],
    [0x8d, (m) => text(Number(m.take(8).readBigUInt64LE(0)), m)],
    [0x55, (m) => text(m.byte(), m)], // Python 2's texts
    [0x54, (m) => text(m.unsigned(), m)],
    [0x43, (m) => m.push(m.take(m.byte()))],
    [0x42, (m) => m.push(m.take(m.unsigned()))],
  ];
}

function containers(): [number, Step][] {
  const tuple = (count: number) => (m: PickleMachine) => {
    const values = Array.from({ length: count }, () => m.pop());
    m.push(values.toReversed());
  };
  return [
    [0x28, (m) => m.mark()],
    [0x30, (m) => void m.pop()],
    [0x31, (m) => void m.popMarked()],
    [0x29, tuple(0)],
    [0x85, tuple(1)],
    [0x86, tuple(2)],
    [0x87, tuple(3)],
    [0x74, (m) => m.push(m.popMarked())],
    [0x5d, (m) => m.push([])],
    [0x6c, (m) => m.push(m.popMarked())],
    [0x7d, (m) => m.push(new Map())],
    [0x64, (m) => m.push(withItems(m, new Map(), m.popMarked()))],
    [0x61, (m) => appended(m, [m.pop()])],
    [0x65, (m) => appended(m, m.popMarked())],
    [0x73, (m) => withItems(m, m.stack.at(-3), [m.pop(), m.pop()].toReversed())],
    [0x75, (m) => setMarkedItems(m)],
  ];
}

function memoSteps(): [number, Step][] {
  const put = (m: PickleMachine, key: number) => {
    const value = m.pop();
    m.memo.set(key, value);
    m.push(value);
  };
  const get = (m: PickleMachine, key: number) => {
    if (!m.memo.has(key)) throw m.damaged(`it refers to value ${key}, which it has not made`);
    m.push(m.memo.get(key));
  };
  return [
    [0x71, (m) => put(m, m.byte())],
    [0x72, (m) => put(m, m.unsigned())],
    [0x94, (m) => put(m, m.memo.size)],
    [0x68, (m) => get(m, m.byte())],
    [0x6a, (m) => get(m, m.unsigned())],
  ];
}

function objectSteps(): [number, Step][] {
  const call = (m: PickleMachine) => {
    const args = m.pop();
    const called = m.pop();
    if (!(called instanceof PickledName) || !Array.isArray(args))
      throw m.damaged("it calls what is no function");
    m.push(called.call(args));
  };
  return [
    [0x63, (m) => m.push(m.name(m.line(), m.line()))],
    [0x93, (m) => m.push(m.name(...([m.pop(), m.pop()].toReversed() as [unknown, unknown])))],
    [0x69, (m) => m.push(m.name(m.line(), m.line()).call(m.popMarked()))],
    [0x52, call],
    [0x81, call],
    [0x62, (m) => void m.pop()], // attributes
    [0x51, (m) => m.push(m.names.persistent(m.pop()))],
  ];
}

function appended(m: PickleMachine, values: readonly unknown[]): void {
  const list = m.stack.at(-1);
  if (!Array.isArray(list)) throw m.damaged("it appends to what is no list");
  for (const value of values) list.push(value);
}

function setMarkedItems(m: PickleMachine): void {
  const items = m.popMarked();
  withItems(m, m.stack.at(-1), items);
}

/** Keys and values in turn, put into the dictionary. */
function withItems(m: PickleMachine, dictionary: unknown, items: readonly unknown[]): Map<unknown, unknown> {
  if (!(dictionary instanceof Map)) throw m.damaged("it sets an item of what is no dictionary");
  for (let at = 0; at < items.length; at += 2) dictionary.set(items[at], items[at + 1]);
  return dictionary as Map<unknown, unknown>;
}

/** Little-endian two's complement; a bigint where a number is not exact. */
function wholeNumber(bytes: Buffer): number | bigint {
  if (bytes.length === 0) return 0;
  const value = BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`));
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
