// Runs a compute program of our own on tensors of the webgpu backend, in order with TensorFlow.js's programs.

import { tf, type KernelBackend, type Tensor, type TensorInfo } from "../../backends/tensorflow.ts";

/** A program in WGSL. Bindings and uniforms are declared for it, `code` has its function `main`. */
export interface GpuProgram {
  /** Also the key of the compiled program: one for each `code`. */
  readonly name: string;
  /** Elements of what it reads, by name. */
  readonly inputs: Readonly<Record<string, Element>>;
  /** Elements of what it writes, by name. */
  readonly outputs: Readonly<Record<string, Element>>;
  /** Elements of what it changes in place, by name. */
  readonly changes?: Readonly<Record<string, Element>>;
  /** Numbers that `code` reads as `given.NAME`. */
  readonly uniforms: Readonly<Record<string, "u32" | "f32">>;
  readonly code: string;
  /** Extensions of WGSL that it needs; the device must have their features. */
  readonly enables?: readonly string[];
}

/** All are 32 bits, or a few times that; which ones a tensor holds is the programs' matter. */
export type Element = "f32" | "vec4f" | "u32" | "vec2u" | "atomic<u32>";

/** A compiled program with the order in which it takes its uniforms. */
interface Compiled {
  readonly pipeline: Pipeline;
  readonly layout: object;
}

interface Pipeline {
  getBindGroupLayout(group: number): object;
}

interface GpuBuffer {
  destroy(): void;
}

interface ComputePass {
  setPipeline(pipeline: Pipeline): void;
  setBindGroup(group: number, bindings: object): void;
  dispatchWorkgroups(x: number, y: number, z: number): void;
}

interface GpuDevice {
  readonly limits: {
    readonly maxComputeWorkgroupStorageSize: number;
    readonly maxComputeInvocationsPerWorkgroup: number;
  };
  readonly queue: { writeBuffer(buffer: GpuBuffer, offset: number, data: ArrayBuffer): void };
  createShaderModule(descriptor: { readonly code: string; readonly label: string }): object;
  createComputePipeline(descriptor: object): Pipeline;
  createBindGroup(descriptor: object): object;
  createBuffer(descriptor: { readonly size: number; readonly usage: number }): GpuBuffer;
  pushErrorScope(filter: "validation" | "internal"): void;
  popErrorScope(): Promise<{ readonly message: string } | null>;
}

/** The webgpu backend, with the members that its type declarations keep private. */
interface WebgpuBackend extends KernelBackend {
  readonly device: GpuDevice;
  readonly tensorMap: { get(dataId: object): { values: unknown } };
  readonly commandQueueOwnedIds: WeakSet<object>;
  readonly commandEncoder: { beginComputePass(): ComputePass } | null;
  computePassEncoder: ComputePass | null;
  dispatchCountInPass: number;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  uploadToGPU(dataId: object): void;
  tensorToBinding(tensor: TensorInfo): object;
  makeTensorInfo(shape: readonly number[], dtype: "float32"): TensorInfo;
}

function webgpuBackend(): WebgpuBackend {
  return tf.backend() as WebgpuBackend;
}

/** What the device allows one workgroup. */
export function workgroupLimits() {
  const { limits } = webgpuBackend().device;
  return { bytes: limits.maxComputeWorkgroupStorageSize, threads: limits.maxComputeInvocationsPerWorkgroup };
}

/** Compiled programs and the buffers of their uniforms, of one device. */
interface Prepared {
  readonly programs: Map<string, Compiled>;
  readonly uniforms: Map<string, GpuBuffer>;
}

const prepared = new WeakMap<GpuDevice, Prepared>();

/** Uniforms are the sizes of tensors, and these come again in every layer; beyond this many all are forgotten. */
const mostUniforms = 4096;

/**
 * Runs the program and answers its outputs as float32 tensors of the given shapes. `inputs` and `uniforms` stand in the
 * program's order; behind the inputs stands what the program changes.
 */
export function dispatch(
  program: GpuProgram,
  inputs: readonly TensorInfo[],
  shapes: readonly (readonly number[])[],
  uniforms: readonly number[],
  [x, y = 1, z = 1]: readonly number[],
): Tensor[] {
  const backend = webgpuBackend();
  const { programs, uniforms: kept } = preparedFor(backend.device);
  const { pipeline, layout } = programs.get(program.name) ?? compile(program, backend.device, programs);
  const outputs = shapes.map((shape) => backend.makeTensorInfo(shape, "float32"));
  const bound = [...outputs, ...inputs];
  for (const { dataId } of bound) {
    backend.uploadToGPU(dataId);
    backend.commandQueueOwnedIds.add(dataId);
  }
  // What the host has read of them is no longer what they hold.
  for (const { dataId } of inputs.slice(Object.keys(program.inputs).length))
    backend.tensorMap.get(dataId).values = null;
  const resources = [
    { buffer: uniformBuffer(program, uniforms, backend, kept) },
    ...bound.map((tensor) => backend.tensorToBinding(tensor)),
  ];
  const entries = resources.map((resource, binding) => ({ binding, resource }));
  backend.ensureCommandEncoderReady();
  const pass = (backend.computePassEncoder ??= backend.commandEncoder?.beginComputePass() ?? null);
  if (!pass) throw new Error("the webgpu backend has no command encoder");
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, backend.device.createBindGroup({ layout, entries }));
  pass.dispatchWorkgroups(x ?? 1, y, z);
  backend.dispatchCountInPass++;
  if (backend.dispatchCountInPass >= tf.env().getNumber("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE")) submit(backend);
  return outputs.map((info) => tf.engine().makeTensorFromTensorInfo(info));
}

function submit(backend: WebgpuBackend): void {
  if (backend.commandEncoder === null) return;
  backend.endComputePassEncoder();
  backend.submitQueue();
}

/**
 * The answer of `run`, and the first message with which the device refuses what it asked for, once it has looked. Such an error stays
 * without consequences, where any other fails every read from then on.
 */
export function watched<T>(run: () => T): {
  readonly answer: T;
  readonly refusal: Promise<string | undefined>;
} {
  const backend = webgpuBackend();
  submit(backend); // what was asked for before is none of it
  const filters = ["internal", "validation"] as const;
  for (const filter of filters) backend.device.pushErrorScope(filter);
  try {
    const answer = run();
    submit(backend);
    const refusal = Promise.all(filters.map(() => backend.device.popErrorScope())).then(
      (errors) => errors.find((error) => error !== null)?.message.split("\n", 1)[0],
    );
    return { answer, refusal };
  } catch (error) {
    for (const _ of filters) void backend.device.popErrorScope();
    throw error;
  }
}

function preparedFor(device: GpuDevice): Prepared {
  const found = prepared.get(device) ?? { programs: new Map(), uniforms: new Map() };
  prepared.set(device, found);
  return found;
}

function compile(program: GpuProgram, device: GpuDevice, programs: Map<string, Compiled>): Compiled {
  const { name: label } = program;
  const module = device.createShaderModule({ code: sourceOf(program), label });
  const compute = { module, entryPoint: "main" };
  const pipeline = device.createComputePipeline({ label, layout: "auto", compute });
  const compiled = { pipeline, layout: pipeline.getBindGroupLayout(0) };
  programs.set(label, compiled);
  return compiled;
}

/** Storage buffers that a program may have on every device. */
const mostBuffers = 8;

/** The program as WGSL: uniforms, outputs, inputs and what it changes as bindings in this order, then its code. */
function sourceOf({ name, inputs, outputs, changes = {}, uniforms, code, enables = [] }: GpuProgram): string {
  const fields = Object.entries(uniforms).map(([name, type]) => `${name}: ${type}`);
  const buffers = [
    ...Object.entries(outputs).map((entry) => ["read_write", ...entry]),
    ...Object.entries(inputs).map((entry) => ["read", ...entry]),
    ...Object.entries(changes).map((entry) => ["read_write", ...entry]),
  ];
  if (buffers.length > mostBuffers)
    throw new Error(`${name} has ${buffers.length} buffers, which not every device allows`);
  return [
    ...enables.map((extension) => `enable ${extension};`),
    `struct Given { ${fields.join(", ")} }`,
    "@group(0) @binding(0) var<uniform> given: Given;",
    ...buffers.map(
      ([access, name, element], index) =>
        `@group(0) @binding(${index + 1}) var<storage, ${access}> ${name}: array<${element}>;`,
    ),
    code,
  ].join("\n");
}

function uniformBuffer(
  { uniforms: types }: GpuProgram,
  values: readonly number[],
  { device }: WebgpuBackend,
  kept: Map<string, GpuBuffer>,
): GpuBuffer {
  const kinds = Object.values(types);
  const key = `${kinds.join()} ${values.join()}`;
  const known = kept.get(key);
  if (known) return known;
  if (kept.size >= mostUniforms) kept.clear(); // commands may still read them, so they are left to the garbage collector
  const data = new DataView(new ArrayBuffer(Math.ceil(values.length / 4) * 16));
  for (const [index, value] of values.entries()) {
    if (kinds[index] === "f32") data.setFloat32(index * 4, value, true);
    else data.setUint32(index * 4, value, true);
  }
  const buffer = device.createBuffer({ size: data.byteLength, usage: uniformUsage });
  device.queue.writeBuffer(buffer, 0, data.buffer);
  kept.set(key, buffer);
  return buffer;
}

const uniformUsage = 0x40 | 0x08; // GPUBufferUsage.UNIFORM | COPY_DST

const mostWorkgroups = 65_535; // in one direction

/** `count` workgroups in two directions; `gridIndex` in WGSL counts them, and may come out beyond `count`. */
export function gridOf(count: number): readonly [number, number] {
  const rows = Math.ceil(count / mostWorkgroups);
  return [Math.ceil(count / rows), rows];
}

/** WGSL of a workgroup's number in such a grid. */
export const gridIndex = `
fn gridIndex(group: vec3u, groups: vec3u) -> u32 { return group.y * groups.x + group.x; }`;

/** A program is made once for each choice of what it depends on: its source is long, and it is asked for in every layer. */
export function remembered<Choice extends readonly (string | number | boolean)[]>(
  make: (...choice: Choice) => GpuProgram,
): (...choice: Choice) => GpuProgram {
  const made = new Map<string, GpuProgram>();
  return (...choice) => {
    const key = choice.join();
    const program = made.get(key) ?? make(...choice);
    made.set(key, program);
    return program;
  };
}
