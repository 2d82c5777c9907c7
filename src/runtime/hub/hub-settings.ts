// Where the Hugging Face Hub is and where its files are kept, by the variables that its own tools read.

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

export interface HubSettings {
  /** `HF_ENDPOINT`, without a slash at its end. */
  readonly endpoint: string;
  /** `HF_HUB_CACHE`, else `hub` in `HF_HOME`, else in `huggingface` of `XDG_CACHE_HOME` or `~/.cache`. */
  readonly cache: string;
  /** `HF_TOKEN`, else what `hf auth login` left in `HF_TOKEN_PATH` or `HF_HOME/token`: for what is private or gated. */
  readonly token: string | undefined;
  /** `HF_HUB_OFFLINE`: only what is in the cache. */
  readonly offline: boolean;
  /** Wait before a second try; the third waits twice as long, and so on. */
  readonly retryMilliseconds: number;
}

export function hubSettings(environment: NodeJS.ProcessEnv = process.env): HubSettings {
  const { HF_ENDPOINT, HF_HUB_CACHE, HF_HOME, HF_TOKEN, HF_TOKEN_PATH, HF_HUB_OFFLINE } = environment;
  const home =
    HF_HOME || path.join(environment["XDG_CACHE_HOME"] || path.join(homedir(), ".cache"), "huggingface");
  return {
    endpoint: (HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, ""),
    cache: HF_HUB_CACHE || path.join(home, "hub"),
    token: HF_TOKEN || savedToken(HF_TOKEN_PATH || path.join(home, "token")),
    offline: /^(1|on|yes|true)$/i.test(HF_HUB_OFFLINE ?? ""),
    retryMilliseconds: 1000,
  };
}

function savedToken(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim() || undefined;
  } catch {
    return undefined; // most have none
  }
}
