import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { hub } from "../../src/runtime/hub.ts";

let cache = "";
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "dept-hub-"));
  vi.stubEnv("HF_HUB_CACHE", cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

test("a repository in the cache is the folder of its main revision", () => {
  const entry = join(cache, "models--google-t5--t5-small");
  mkdirSync(join(entry, "refs"), { recursive: true });
  mkdirSync(join(entry, "snapshots", "abc"), { recursive: true });
  writeFileSync(join(entry, "refs", "main"), "abc\n");
  writeFileSync(join(entry, "snapshots", "abc", "config.json"), "{}");
  expect(fileURLToPath(hub("google-t5/t5-small"))).toBe(join(entry, "snapshots", "abc") + "/");
});

test("one that is not there is an error in one line that names the command to fetch it", async () => {
  const script = 'import { hub } from "dept-lang/runtime"; hub("google-t5/t5-base");';
  const run = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  await expect(run).rejects.toMatchObject({
    code: 1,
    stderr: `error: google-t5/t5-base is not in the Hugging Face cache (${cache}); fetch it with: huggingface-cli download google-t5/t5-base config.json model.safetensors tokenizer.json\n`,
  });
});
