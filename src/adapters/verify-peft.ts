// Adapters of huggingface/peft: which tensors a configuration trains, by the names `save_pretrained` gives them.

import { type AdapterConfig, countOf, modulesOf } from "./adapter-config.ts";
import { checkFinite, checkNames, type ExpectedTensor } from "./check-tensors.ts";
import type { HeldTensor, TensorFile } from "./tensor-file.ts";
import { type Finding, shapeText, sizeOf, type Verification } from "./verification.ts";

/** Throws an OperationalError for a field that is missing or no positive whole number. */
export function verifyPeft(path: string, config: AdapterConfig, file: TensorFile | undefined): Verification {
  const { base, method } = config;
  const expected = promptTensors(config);
  const trained = expected?.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const held = file?.tensors;
  const known = { path, format: "peft", method, base, trained, weights: held !== undefined } as const;
  if (!held) return { ...known, findings: [] };
  const findings = expected ? checkNames(expected, held) : checkModules(config, held);
  return { ...known, findings: [...findings, ...checkFinite(held)] };
}

/** What methods with a prompt keep: always one tensor, whatever made it in training. */
function promptTensors(config: AdapterConfig): readonly ExpectedTensor[] | undefined {
  const { method } = config;
  if (!["PROMPT_TUNING", "P_TUNING", "PREFIX_TUNING"].includes(method)) return undefined;
  const [tokens, width] = [countOf(config, "num_virtual_tokens"), countOf(config, "token_dim")];
  const shape =
    method === "PREFIX_TUNING"
      ? [tokens, 2 * countOf(config, "num_layers") * width] // a key and a value in every layer
      : [tokens * countOf(config, "num_transformer_submodules"), width];
  return [{ name: "prompt_embeddings", shape }];
}

/** Methods inside the backbone: their shapes are the backbone's, but their tensors must come together. */
function checkModules(config: AdapterConfig, held: ReadonlyMap<string, HeldTensor>): readonly Finding[] {
  if (config.method === "LORA") return [...checkTargets(config, held, "lora_"), ...checkPairs(config, held)];
  if (config.method === "IA3") return checkTargets(config, held, "ia3_l");
  return [
    { kind: "note", text: `what ${config.method} trains is not known here; only the values were looked at` },
  ];
}

/** Each module that the configuration names must have tensors. */
function checkTargets(
  config: AdapterConfig,
  held: ReadonlyMap<string, HeldTensor>,
  part: string,
): readonly Finding[] {
  const owners = [...held.keys()].filter((name) => name.includes(`.${part}`));
  const wanted = modulesOf(config, "target_modules") ?? [];
  const lacking = wanted.filter((module) => !owners.some((name) => name.includes(`.${module}.${part}`)));
  const none = wanted.length === 0 && owners.length === 0 ? ["any module"] : [];
  return [...lacking, ...none].map((module) => ({
    kind: "incomplete",
    text: `there is no tensor of ${module}, which was trained`,
  }));
}

/** A `[rank, in]` and B `[out, rank]` of each module. */
function checkPairs(config: AdapterConfig, held: ReadonlyMap<string, HeldTensor>): readonly Finding[] {
  const ownRanks = Object.keys((config.fields["rank_pattern"] as object | undefined) ?? {}).length > 0;
  const rank = ownRanks ? undefined : countOf(config, "r");
  return [...held].flatMap(([name, { shape }]): Finding[] => {
    const match = /\.lora_(A|B)\b/.exec(name);
    if (!match) return [];
    const isA = match[1] === "A";
    const partner = name.replace(match[0], isA ? ".lora_B" : ".lora_A");
    const other = held.get(partner)?.shape;
    if (!other) return [{ kind: "incomplete", text: `${partner} is missing beside ${name}` }];
    const [own, its] = isA ? [shape[0], other[1]] : [shape[1], other[0]];
    const wrong = own !== its || (rank !== undefined && own !== rank);
    if (!wrong) return [];
    const said =
      rank === undefined ? `${partner} is ${shapeText(other)}` : `its configuration says rank ${rank}`;
    return [{ kind: "false", text: `${name} is ${shapeText(shape)}; ${said}` }];
  });
}
