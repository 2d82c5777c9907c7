import { execFile } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { hubDataset, readHubDataset } from "../../../src/runtime/data/hub-dataset.ts";
import { fetchModel, fetchTokenizer } from "../../../src/runtime/hub/hub.ts";
import type { HubSettings } from "../../../src/runtime/hub/hub-settings.ts";
import { commitOf, type HubServer, sha256Of, startHub } from "../../support/hub-server.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const weights = Uint8Array.from({ length: 50_000 }, (_, index) => (index * 7 + (index >> 8)) % 256);
const rows = readFileSync("test/fixtures/rows/rows.snappy.parquet");
const others = readFileSync("test/fixtures/rows/rows.zstd.parquet");
const model = { "config.json": bytes("{}"), "tokenizer.json": bytes('{"a": 1}'), "README.md": bytes("#") };
const shards = { "a-1.safetensors": weights, "a-2.safetensors": weights.slice(0, 2000) };
const index = bytes(JSON.stringify({ weight_map: { w: "a-1.safetensors", v: "a-2.safetensors" } }));

let hub: HubServer;
let settings: HubSettings;
beforeEach(async () => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  hub = await startHub({
    "models/owner/whole": { main: { ...model, "model.safetensors": weights } },
    "models/owner/sharded": { main: { ...model, ...shards, "model.safetensors.index.json": index } },
    "models/owner/pickled": { main: { ...model, "pytorch_model.bin": weights } },
    "datasets/owner/own": {
      main: { "rte/train-00000-of-00002.parquet": rows, "rte/train-00001-of-00002.parquet": others },
      "refs/convert/parquet": {},
    },
    "datasets/owner/script": {
      main: { "script.py": bytes("print()") },
      "refs/convert/parquet": { "rte/train/0000.parquet": rows, "rte/partial-test/0000.parquet": others },
    },
    "datasets/owner/unconverted": {
      main: { "rte/validation-00000-of-00001.parquet": rows, "data/train.parquet": rows },
    },
  });
  const cache = mkdtempSync(path.join(tmpdir(), "dept-hub-"));
  settings = { endpoint: hub.endpoint, cache, token: undefined, offline: false, retryMilliseconds: 1 };
});
afterEach(async () => {
  vi.restoreAllMocks();
  await hub.close();
  rmSync(settings.cache, { recursive: true });
});

const weightsFile = `/lfs/${sha256Of(weights)}`;
const blobsOf = (name: string) => readdirSync(path.join(settings.cache, name, "blobs"));

test("a tokenizer is fetched without the weights, and a model's weights after it", async () => {
  const snapshot = await fetchTokenizer("owner/whole", settings);
  expect(readdirSync(snapshot).sort()).toEqual(["config.json", "tokenizer.json"]);
  expect(await fetchTokenizer("owner/whole", { ...settings, offline: true })).toBe(snapshot);
  expect(await fetchModel("owner/whole", settings)).toBe(snapshot);
  expect(readdirSync(snapshot).sort()).toEqual(["config.json", "model.safetensors", "tokenizer.json"]);
});

test("a model is fetched into the layout that the Hub's own tools read", async () => {
  const snapshot = await fetchModel("owner/whole", settings);
  const entry = path.join(settings.cache, "models--owner--whole");
  expect(snapshot).toBe(path.join(entry, "snapshots", commitOf("main")));
  expect(readFileSync(path.join(entry, "refs", "main"), "utf8")).toBe(commitOf("main"));
  const file = path.join(snapshot, "model.safetensors");
  expect(lstatSync(file).isSymbolicLink()).toBe(true);
  expect(readlinkSync(file)).toBe(path.join("..", "..", "blobs", sha256Of(weights)));
  expect(new Uint8Array(readFileSync(file))).toEqual(weights);
  expect(readdirSync(snapshot).sort()).toEqual(["config.json", "model.safetensors", "tokenizer.json"]);
});

test("what is in the cache is used as it stands, and nothing is asked of the Hub", async () => {
  const snapshot = await fetchModel("owner/whole", settings);
  hub.asked.length = 0;
  expect(await fetchModel("owner/whole", settings)).toBe(snapshot);
  expect(await fetchModel("owner/whole", { ...settings, offline: true })).toBe(snapshot);
  expect(hub.asked).toEqual([]);
});

test("a cache that another tool filled is used as it stands", async () => {
  const entry = path.join(settings.cache, "models--google-t5--t5-small");
  const snapshot = path.join(entry, "snapshots", "abc");
  mkdirSync(path.join(entry, "refs"), { recursive: true });
  mkdirSync(snapshot, { recursive: true });
  writeFileSync(path.join(entry, "refs", "main"), "abc");
  for (const name of ["config.json", "tokenizer.json", "model.safetensors"])
    writeFileSync(path.join(snapshot, name), "{}");
  expect(await fetchModel("google-t5/t5-small", { ...settings, offline: true })).toBe(snapshot);
});

test("weights in several files come by their index", async () => {
  const snapshot = await fetchModel("owner/sharded", settings);
  const names = ["a-1.safetensors", "a-2.safetensors", "config.json", "model.safetensors.index.json"];
  expect(readdirSync(snapshot).sort()).toEqual([...names, "tokenizer.json"]);
  hub.asked.length = 0;
  rmSync(path.join(snapshot, "a-2.safetensors"));
  await fetchModel("owner/sharded", settings);
  expect(hub.asked).toEqual([]); // the blob is there: only its link was gone
  expect(existsSync(path.join(snapshot, "a-2.safetensors"))).toBe(true);
});

test("a download that breaks off goes on from there", async () => {
  hub.trouble.set(weightsFile, [{ cut: 20_000 }, 503, { cut: 10_000 }]);
  const snapshot = await fetchModel("owner/whole", settings);
  expect(sha256Of(readFileSync(path.join(snapshot, "model.safetensors")))).toBe(sha256Of(weights));
  const ranges = hub.asked.filter((each) => each.includes("/lfs/")).map((each) => each.split(" ")[2]);
  expect(ranges).toEqual([undefined, "bytes=20000-", "bytes=20000-", "bytes=30000-"]);
});

test("a Hub that knows no ranges sends everything again", async () => {
  hub.trouble.set(weightsFile, [{ cut: 20_000 }, "whole"]);
  const snapshot = await fetchModel("owner/whole", settings);
  expect(sha256Of(readFileSync(path.join(snapshot, "model.safetensors")))).toBe(sha256Of(weights));
});

test("what a process left behind is taken up; when it was wrong, everything is fetched again", async () => {
  const blobs = path.join(settings.cache, "models--owner--whole", "blobs");
  mkdirSync(blobs, { recursive: true });
  const { stdout } = await promisify(execFile)(process.execPath, ["-p", "os.hostname()+'-'+process.pid"]);
  const left = path.join(blobs, `${sha256Of(weights)}.${stdout.trim()}.incomplete`);
  writeFileSync(
    left,
    weights.subarray(0, 40_000).map((byte) => byte ^ 1),
  );
  await fetchModel("owner/whole", settings);
  const ranges = hub.asked.filter((each) => each.includes("/lfs/")).map((each) => each.split(" ")[2]);
  expect(ranges).toEqual(["bytes=40000-", undefined]);
  expect(blobsOf("models--owner--whole").filter((name) => name.includes("incomplete"))).toEqual([]);
});

test("bytes that are not those the Hub lists are not kept", async () => {
  hub.trouble.set(weightsFile, ["wrong"]);
  hub.trouble.set("/tokenizer.json", []);
  await expect(fetchModel("owner/whole", settings)).rejects.toThrow(
    `owner/whole/model.safetensors: the bytes that arrived are not those the Hub lists (checksum ${sha256Of(weights)})`,
  );
  expect(blobsOf("models--owner--whole")).toHaveLength(2); // config.json and tokenizer.json
  hub.trouble.set("/tokenizer.json", ["wrong"]);
  rmSync(settings.cache, { recursive: true });
  await expect(fetchModel("owner/whole", settings)).rejects.toThrow("owner/whole/tokenizer.json: the bytes");
});

test("a Hub that never answers well is given up, with the reason", async () => {
  hub.trouble.set("/revision/main", [500, 502, 503, 500, 500]);
  await expect(fetchModel("owner/whole", settings)).rejects.toThrow(
    /^owner\/whole cannot be fetched from http:\/\/127.*: the Hub answers 500/,
  );
  expect(hub.asked).toHaveLength(5);
  await hub.close();
  await expect(fetchModel("owner/whole", settings)).rejects.toThrow("ECONNREFUSED");
  hub = await startHub({});
});

test("a private repository wants a token, and gets it", async () => {
  const secret = await startHub(
    { "models/owner/whole": { main: { ...model, "model.safetensors": weights } } },
    "key",
  );
  const there = { ...settings, endpoint: secret.endpoint };
  await expect(fetchModel("owner/whole", there)).rejects.toThrow("private or gated and needs HF_TOKEN");
  await expect(fetchModel("owner/whole", { ...there, token: "lock" })).rejects.toThrow(
    "HF_TOKEN may not read it",
  );
  expect(secret.asked).toHaveLength(2); // a refusal is not asked again
  expect(existsSync(await fetchModel("owner/whole", { ...there, token: "key" }))).toBe(true);
  await secret.close();
});

test.each([
  ["owner/none", "owner/none: the Hub has no such repository (the Hub answers 404"],
  ["owner/pickled", "owner/pickled has no model.safetensors on the Hub"],
  ["../../etc", '"../../etc" is no repository of the Hub; write owner/name'],
])("the model %s is refused in one line", async (id, message) => {
  await expect(fetchModel(id, settings)).rejects.toThrow(message);
});

test("a gated model says what opens it, with a token and without one", async () => {
  const gated = { status: 403, code: "GatedRepo" };
  hub.trouble.set("/config.json", [gated, gated]);
  await expect(fetchModel("owner/whole", settings)).rejects.toThrow(
    "owner/whole/config.json: it is gated: accept its conditions on its page, and set HF_TOKEN (the Hub answers 403",
  );
  await expect(fetchModel("owner/whole", { ...settings, token: "key" })).rejects.toThrow(
    "it is gated: the account of HF_TOKEN has not accepted its conditions",
  );
});

test("a repository whose files cannot be had is still no damaged cache to the Hub's own tools", async () => {
  hub.trouble.set("/config.json", [404]);
  await expect(fetchModel("owner/whole", settings)).rejects.toThrow("the Hub answers 404");
  const entry = path.join(settings.cache, "models--owner--whole");
  const commit = readFileSync(path.join(entry, "refs", "main"), "utf8");
  expect(readdirSync(path.join(entry, "snapshots"))).toEqual([commit]);
});

test("on a terminal a bar says how far a download is, and is taken away", async () => {
  const written = vi.spyOn(process.stderr, "write");
  written.mockClear();
  const { isTTY } = process.stderr;
  process.stderr.isTTY = true;
  await fetchModel("owner/whole", settings).finally(() => (process.stderr.isTTY = isTTY));
  const text = written.mock.calls.map(([words]) => String(words)).join("");
  expect(text).toContain("fetching owner/whole/model.safetensors, 50.0 KB\n");
  expect(text).toMatch(/\r {2}fetching .*1\/1 {3}MB.*\u001b\[K/);
  expect(text.endsWith("\r\u001b[K")).toBe(true);
});

test("offline, what is not in the cache is named and nothing is asked", async () => {
  await expect(fetchModel("owner/whole", { ...settings, offline: true })).rejects.toThrow(
    `owner/whole is not in the Hugging Face cache (${settings.cache}), and HF_HUB_OFFLINE forbids to fetch it`,
  );
  expect(hub.asked).toEqual([]);
});

async function textsOf(id: string, split: string, changes: Partial<HubSettings> = {}): Promise<unknown[]> {
  const texts: unknown[] = [];
  const source = hubDataset(id, "rte", split);
  for await (const { fields, place } of readHubDataset(source, { ...settings, ...changes }))
    texts.push([place, fields["label"]]);
  return texts;
}

test("a split is read from the repository's own Parquet files, in order, and from the cache afterwards", async () => {
  const first = await textsOf("owner/own", "train");
  expect(first).toHaveLength(10);
  expect(first[7]).toEqual(["owner/own rte/train, row 8", 0]);
  expect(await textsOf("owner/own", "train", { offline: true })).toEqual(first);
});

test("a split that the repository has in no Parquet file is read from those the Hub made", async () => {
  expect(await textsOf("owner/script", "train")).toHaveLength(5);
  const entry = path.join(settings.cache, "datasets--owner--script");
  expect(existsSync(path.join(entry, "refs", "refs", "convert", "parquet"))).toBe(true);
  await expect(textsOf("owner/script", "test")).rejects.toThrow("only a part of it");
  await expect(textsOf("owner/script", "dev")).rejects.toThrow(
    "owner/script has no split rte/dev as Parquet; it has rte/partial-test, rte/train",
  );
});

test("without the Hub's own Parquet files the splits of the repository are named", async () => {
  await expect(textsOf("owner/unconverted", "train")).rejects.toThrow(
    "owner/unconverted has no split rte/train as Parquet; it has default/train, rte/validation",
  );
  expect(await textsOf("owner/unconverted", "validation")).toHaveLength(5);
});

test("offline, a dataset that another tool fetched is read from its snapshot", async () => {
  const entry = path.join(settings.cache, "datasets--owner--own");
  const snapshot = path.join(entry, "snapshots", commitOf("main"));
  mkdirSync(path.join(entry, "refs"), { recursive: true });
  writeFileSync(path.join(entry, "refs", "main"), commitOf("main"));
  mkdirSync(path.join(snapshot, "rte"), { recursive: true });
  writeFileSync(path.join(snapshot, "rte", "train-00000-of-00001.parquet"), rows);
  expect(await textsOf("owner/own", "train", { offline: true })).toHaveLength(5);
  await expect(textsOf("owner/own", "test", { offline: true })).rejects.toThrow("HF_HUB_OFFLINE forbids");
  expect(hub.asked).toEqual([]);
});

test("two processes that fetch the same at once both get it whole", async () => {
  hub.trouble.set(weightsFile, [{ cut: 30_000 }, { cut: 10_000 }]);
  const script = `import { hub } from "dept-lang/runtime"; console.log(String(await hub("owner/whole")));`;
  const environment = { ...process.env, HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: settings.cache };
  const run = () =>
    promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], { env: environment });
  const [one, other] = await Promise.all([run(), run()]);
  expect(one.stdout).toBe(other.stdout);
  const file = path.join(await fetchModel("owner/whole", settings), "model.safetensors");
  expect(sha256Of(readFileSync(file))).toBe(sha256Of(weights));
  expect(blobsOf("models--owner--whole").filter((name) => name.includes("incomplete"))).toEqual([]);
});

test("a script that finds nothing ends with one line", async () => {
  const script = 'import { hub } from "dept-lang/runtime"; await hub("google-t5/t5-base");';
  const environment = { ...process.env, HF_HUB_OFFLINE: "1", HF_HUB_CACHE: settings.cache };
  const arguments_ = ["--input-type=module", "--eval", script];
  const run = promisify(execFile)(process.execPath, arguments_, { env: environment });
  await expect(run).rejects.toMatchObject({
    code: 1,
    stderr: `error: google-t5/t5-base is not in the Hugging Face cache (${settings.cache}), and HF_HUB_OFFLINE forbids to fetch it\n`,
  });
});
