// The severities that a project sets: dept.json, or the key dept of package.json, found upwards from the file.

import { posix } from "node:path";
import { type Code, isCode, isConfigurable, catalog } from "../diagnostics/catalog.ts";
import type { Diagnostics, Place, Severity } from "../diagnostics/diagnostic.ts";
import { nearestWord } from "../diagnostics/nearest-word.ts";
import { type Host, isStandard } from "../host.ts";
import { type SourceText, sourceText } from "../source/source-text.ts";

export type Rules = ReadonlyMap<Code, Severity | "off">;

const severities = ["off", "warning", "error"] as const;

/** The nearest settings are the project's, whole: those of folders further up are not added to them. */
export async function loadRules(entry: string, host: Host, found: Diagnostics): Promise<Rules> {
  if (isStandard(entry)) return new Map();
  for (const folder of foldersAbove(entry, host.folder)) {
    const own = await readJson(posix.join(folder, "dept.json"), host, found);
    if (own) return rulesOf(own, own.value, found);
    const manifest = await readJson(posix.join(folder, "package.json"), host, found);
    const settings = isRecord(manifest?.value) ? manifest.value["dept"] : undefined;
    if (manifest && settings !== undefined) return rulesOf(manifest, settings, found);
  }
  return new Map();
}

/** The file's folder and every one above it, as the host's paths. */
function* foldersAbove(path: string, from: string | undefined): Generator<string> {
  const above = from === undefined ? 0 : from.split("/").filter((part) => part !== "").length;
  let folder = posix.dirname(path);
  for (;;) {
    yield folder;
    const next = posix.join(folder, "..");
    const climbed = next.split("/").filter((part) => part === "..").length;
    if (next === folder || climbed > above) return;
    folder = next;
  }
}

interface JsonFile {
  readonly source: SourceText;
  readonly value: unknown;
}

async function readJson(path: string, host: Host, found: Diagnostics): Promise<JsonFile | undefined> {
  const text = await host.read(path);
  if (text === undefined) return undefined;
  const source = sourceText(path, text);
  try {
    return { source, value: JSON.parse(text.replace(/^\uFEFF/, "")) };
  } catch (error) {
    // A package.json that says nothing to dept is not for dept to judge.
    const isOurs = path.endsWith("dept.json") || text.includes('"dept"');
    const at = Number(/at position (\d+)/.exec(String(error))?.[1] ?? 0);
    const parameters = { path, example: '{ "rules": { "plan/learning-rate-range": "off" } }' };
    if (isOurs) found.report("project/not-json", { source, span: { start: at, end: at + 1 } }, parameters);
    return undefined;
  }
}

function rulesOf({ source }: JsonFile, settings: unknown, found: Diagnostics): Rules {
  const rules = new Map<Code, Severity | "off">();
  const wrong = (place: Place, name: string, expected: string, value: unknown) =>
    found.report("project/wrong-setting", place, { name, expected, found: JSON.stringify(value) });
  const expected = 'an object like { "rules": { … } }';
  if (!isRecord(settings)) {
    wrong(placeOf(source, "dept"), "dept", expected, settings);
    return rules;
  }
  for (const key of Object.keys(settings))
    if (key !== "rules") wrong(placeOf(source, key), "dept", expected, { [key]: settings[key] });
  const { rules: written = {} } = settings;
  if (!isRecord(written)) {
    wrong(placeOf(source, "rules"), "rules", "an object from codes to severities", written);
    return rules;
  }
  for (const [code, value] of Object.entries(written)) {
    const place = placeOf(source, code);
    const severity = severities.find((each) => each === value);
    if (!isCode(code)) reportUnknownCode(code, place, found, JSON.stringify);
    else if (!severity) wrong(place, code, severities.map((each) => `"${each}"`).join(", "), value);
    else if (isConfigurable(code)) rules.set(code, severity);
    else if (severity !== "error") {
      const action = severity === "off" ? "turned off" : "made a warning";
      found.report("project/sound-rule", place, { code, action });
    }
  }
  return rules;
}

/** `written`: how a code is spelled at the place that the fix changes. */
export function reportUnknownCode(
  code: string,
  place: Place,
  found: Diagnostics,
  written: (code: string) => string,
): void {
  const nearest = nearestWord(code, Object.keys(catalog));
  const suggestion = nearest ? `; did you mean ${nearest}?` : "";
  const edit = { place, text: written(nearest ?? code) };
  const fixes = nearest ? [{ title: `write ${nearest}`, safe: true as const, edits: [edit] }] : [];
  found.report("project/unknown-code", place, { code, suggestion }, { fixes });
}

/** Where a JSON text writes a key. */
function placeOf(source: SourceText, key: string): Place {
  const written = JSON.stringify(key);
  const start = Math.max(0, source.text.indexOf(written));
  const end = source.text.startsWith(written, start) ? start + written.length : start;
  return { source, span: { start, end } };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
