// Where the Hugging Face Hub is and where its files are kept, by the variables that its own tools read.

import { homedir } from "node:os";
import path from "node:path";

export interface HubSettings {
  /** `HF_ENDPOINT`, without a slash at its end. */
  readonly endpoint: string;
  /** `HF_HUB_CACHE`, else `HF_HOME/hub`, else `~/.cache/huggingface/hub`. */
  readonly cache: string;
  /** `HF_TOKEN`: for what is private or gated. */
  readonly token: string | undefined;
  /** `HF_HUB_OFFLINE`: only what is in the cache. */
  readonly offline: boolean;
  /** Wait before a second try; the third waits twice as long, and so on. */
  readonly retryMilliseconds: number;
}

export function hubSettings(environment: NodeJS.ProcessEnv = process.env): HubSettings {
  const { HF_ENDPOINT, HF_HUB_CACHE, HF_HOME, HF_TOKEN, HF_HUB_OFFLINE } = environment;
  return {
    endpoint: (HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, ""),
    cache: HF_HUB_CACHE || path.join(HF_HOME || path.join(homedir(), ".cache", "huggingface"), "hub"),
    token: HF_TOKEN || undefined,
    offline: /^(1|on|yes|true)$/i.test(HF_HUB_OFFLINE ?? ""),
    retryMilliseconds: 1000,
  };
}
