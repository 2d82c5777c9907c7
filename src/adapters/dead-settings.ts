// Settings of an adapter_config.json that the code which wrote it never reads for that method.

import type { AdapterConfig } from "./adapter-config.ts";

export interface DeadSetting {
  readonly name: string;
  readonly value: unknown;
  readonly because: string;
}

/** Of both: left over from the configurations that other methods share. */
const unreadByPrompts: Readonly<Record<string, string>> = {
  num_layers: "a prompt stands before the first layer",
  num_attention_heads: "a prompt stands before the first layer",
};

/** Of the DePT authors' (`tuners/prompt_tuning_lora.py` and `peft_model.py` of their repository), taken from LoRA's. */
const unreadByAuthors: Readonly<Record<string, string>> = {
  bias: "LoRA's; the pair has no bias",
};

/** In the order of the configuration. Where a sentence begins the prompt, the tokenizer is read; else it is not. */
export function deadSettings({ fields, method }: AdapterConfig): readonly DeadSetting[] {
  const reasons: Record<string, string> = { ...unreadByPrompts };
  if (method !== "PROMPT_TUNING") Object.assign(reasons, unreadByAuthors);
  if (fields["prompt_tuning_init"] !== "TEXT") {
    reasons["tokenizer_name_or_path"] = "the prompt does not begin with a sentence";
    reasons["prompt_tuning_init_text"] = "the prompt does not begin with a sentence";
  }
  return Object.entries(fields).flatMap(([name, value]) => {
    const because = reasons[name];
    return because === undefined || value === null || value === undefined ? [] : [{ name, value, because }];
  });
}
