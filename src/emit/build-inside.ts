// What a method changes inside the backbone's blocks, written out as a function of the script.

import type { Attachment, GraphNode } from "../graph/graph.ts";
import type { ChangeName } from "../graph/inside-places.ts";
import type { Plan } from "../plan/plan.ts";
import { quantityCode } from "./build-initial.ts";
import { freeName } from "./names.ts";
import { call, type Code, entry, name, object, type Statement, text } from "./script.ts";

/** The changes that are left once tensors of size 0 are gone. */
export function attachmentsOf(
  { graph }: Plan,
  follow: (id: string) => GraphNode | undefined,
): readonly Attachment[] {
  if (graph.output.kind !== "inside") return [];
  return graph.output.attachments.filter(({ tensors }) => tensors.every(follow));
}

const functions = {
  low_rank: "lowRank",
  scaled: "scaled",
  shifted: "shifted",
  prefix: "prefix",
  bottleneck: "bottleneck",
  trained: "trained",
} as const satisfies Record<ChangeName, string>;

/** `functionName` differs from the method's where the method also has a function for what the backbone reads. */
export function buildInside(
  plan: Plan,
  attachments: readonly Attachment[],
  functionName: string,
  parameters: string,
): Extract<Statement, { kind: "function" }> {
  const changes = attachments.map(({ place, change, tensors, factor }) => {
    const read = tensors.map((tensor) => name(freeName(tensor, "Tensor")));
    const scale = factor === undefined ? [] : [quantityCode(factor)];
    return entry(camelCase(place), call(functions[change], ...read, ...scale));
  });
  return {
    kind: "function",
    name: functionName,
    doc: [...(plan.graph.method.doc?.split("\n") ?? []), "Each change acts at every place of its kind."],
    parameters: [{ name: parameters, type: "TensorsOf<typeof parameters>" }],
    returns: "Inside",
    body: [{ kind: "return", value: object(...changes) }],
  };
}

/** `pretrained([attentions, d], "attentionNorm")`, for a tensor that goes on from the weights of a place. */
export function weightsCode({ graph }: Plan, tensor: string, shape: Code): Code | undefined {
  const attachments = graph.output.kind === "inside" ? graph.output.attachments : [];
  const weights = attachments.find(({ change, tensors }) => change === "trained" && tensors.includes(tensor));
  return weights && call("pretrained", shape, text(camelCase(weights.place)));
}

function camelCase(place: string): string {
  return place.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
