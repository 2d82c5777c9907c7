// A folder that huggingface/peft loads: the prompt as PROMPT_TUNING, and beside it the table of offsets, if there is one.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf, OperationalError } from "../runtime/operational-error.ts";
import { writeSafetensors } from "../runtime/weights/write-safetensors.ts";
import { dataOf, type FoldedAdapter, hasOffset } from "./folded-adapter.ts";

/** What peft and transformers call models of an architecture, and what of their answer is looked at. */
interface PeftKind {
  readonly task: "SEQ_2_SEQ_LM" | "CAUSAL_LM" | "FEATURE_EXTRACTION";
  readonly model: string;
  /** Lines between the model and the adapter. */
  readonly between?: string;
  readonly more?: string;
  readonly answer: string;
}

const t5: PeftKind = {
  task: "SEQ_2_SEQ_LM",
  model: "AutoModelForSeq2SeqLM",
  between: `old, new = "_prepare_encoder_decoder_kwargs_for_generation", "_prepare_text_encoder_decoder_kwargs_for_generation"
if not hasattr(base, old):  # transformers 5 renamed what peft 0.21 asks for
    setattr(base, old, getattr(base, new))
`,
  more: ", labels=tokens.input_ids[:, :1]",
  answer: "logits",
};
const causal: PeftKind = { task: "CAUSAL_LM", model: "AutoModelForCausalLM", answer: "logits[:, -1]" };
/** peft has no task of masked words; this one hands the model's own answer on, prompt rows first. */
const masked: PeftKind = { task: "FEATURE_EXTRACTION", model: "AutoModelForMaskedLM", answer: "logits" };

const kinds: Readonly<Record<string, PeftKind>> = {
  t5,
  gpt2: causal,
  llama: causal,
  bert: masked,
  roberta: masked,
};

/** How the offsets are put to use: peft knows the prompt alone. */
function loadingExample({ model, between = "", more = "", answer }: PeftKind): string {
  return `import sys
from peft import PeftModel
from safetensors.torch import load_file
from transformers import ${model}, AutoTokenizer

name, folder, text = sys.argv[1:]
base = ${model}.from_pretrained(name)
${between}model = PeftModel.from_pretrained(base, folder).eval()
offset = load_file(f"{folder}/offset.safetensors")["offset"]  # [most tokens of an input, width]
tokens = AutoTokenizer.from_pretrained(name)(text, return_tensors="pt", truncation=True, max_length=len(offset))
words = model.word_embeddings(tokens.input_ids) + offset[: tokens.input_ids.shape[1]]
print(model(inputs_embeds=words, attention_mask=tokens.attention_mask${more}).${answer})
`;
}

/**
 * Writes adapter_config.json and adapter_model.safetensors, and where words are moved offset.safetensors and load.py.
 * Returns the names of the files. Throws an OperationalError when there is no prompt, peft has no such model, or the folder refuses.
 */
export function writePeftFolder(folder: string, adapter: FoldedAdapter): readonly string[] {
  const { manifest, prompt, offset } = adapter;
  const { name, architecture } = manifest.backbone;
  const kind = kinds[architecture];
  if (!kind) {
    const known = Object.keys(kinds).join(", ");
    throw new OperationalError(
      `${manifest.name}: peft is written for ${known}; ${name} is a ${architecture}`,
    );
  }
  const [length = 0, width = 0] = prompt.shape;
  if (length === 0)
    throw new OperationalError(`${manifest.name} has no prompt, and peft knows no offsets alone`);
  const config = {
    base_model_name_or_path: name,
    inference_mode: true,
    num_transformer_submodules: 1,
    num_virtual_tokens: length,
    peft_type: "PROMPT_TUNING",
    prompt_tuning_init: "RANDOM",
    task_type: kind.task,
    token_dim: width,
  };
  makeFolder(folder);
  const at = (name: string) => join(folder, name);
  const metadata = { format: "pt", spec: manifest.spec };
  writeSafetensors(at("adapter_model.safetensors"), { prompt_embeddings: dataOf(prompt) }, metadata);
  writeText(at("adapter_config.json"), `${JSON.stringify(config, null, 2)}\n`);
  const names = ["adapter_config.json", "adapter_model.safetensors"];
  if (!hasOffset(adapter)) return names;
  writeSafetensors(at("offset.safetensors"), { offset: dataOf(offset) }, metadata);
  writeText(at("load.py"), loadingExample(kind));
  return [...names, "offset.safetensors", "load.py"];
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new OperationalError(`cannot make the folder ${folder}: ${messageOf(error)}`);
  }
}

function writeText(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new OperationalError(`${path} cannot be written: ${messageOf(error)}`);
  }
}
