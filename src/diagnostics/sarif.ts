// Diagnostics as SARIF 2.1.0, the format that code-review sites and editors read (OASIS, 2020).

import { positionAt } from "../source/source-text.ts";
import { catalog, type Code, entryOf } from "./catalog.ts";
import type { Diagnostic, Fix, Place } from "./diagnostic.ts";

/** One run of the checker as a SARIF log; `version` is the compiler's. */
export function diagnosticsAsSarif(diagnostics: readonly Diagnostic[], version: string): object {
  const codes = Object.keys(catalog) as Code[];
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: { name: "dept", semanticVersion: version, rules: codes.map(ruleAsSarif) },
        },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: {
          STDLIB: { description: { text: "The standard library that ships with dept." } },
        },
        results: diagnostics.map((each) => resultAsSarif(each, codes.indexOf(each.code))),
      },
    ],
  };
}

function ruleAsSarif(code: Code): object {
  const entry = entryOf(code);
  return {
    id: code,
    shortDescription: { text: entry.message },
    fullDescription: { text: entry.why },
    help: { text: entry.help ?? entry.why },
    defaultConfiguration: { level: entry.severity },
  };
}

function resultAsSarif(diagnostic: Diagnostic, ruleIndex: number): object {
  const { code, severity, message, place, related, help, fixes } = diagnostic;
  return {
    ruleId: code,
    ruleIndex,
    level: severity,
    message: { text: help === undefined ? message : `${message}\n${help}` },
    locations: [locationAsSarif(place)],
    relatedLocations: related.map((each, index) => ({
      id: index,
      ...locationAsSarif(each.place),
      ...(each.message === "" ? {} : { message: { text: each.message } }),
    })),
    ...(fixes.length > 0 ? { fixes: fixes.map(fixAsSarif) } : {}),
  };
}

function fixAsSarif({ title, edits }: Fix): object {
  const paths = [...new Set(edits.map(({ place }) => place.source.path))];
  return {
    description: { text: title },
    artifactChanges: paths.map((path) => ({
      artifactLocation: artifactAsSarif(path),
      replacements: edits
        .filter(({ place }) => place.source.path === path)
        .map(({ place, text }) => ({ deletedRegion: regionAsSarif(place), insertedContent: { text } })),
    })),
  };
}

function locationAsSarif(place: Place): object {
  return {
    physicalLocation: {
      artifactLocation: artifactAsSarif(place.source.path),
      region: regionAsSarif(place),
    },
  };
}

/** Relative to where the checker ran; what ships with dept is relative to its standard library. */
function artifactAsSarif(path: string): object {
  if (path.startsWith("std/")) return { uri: encodeURI(path.slice("std/".length)), uriBaseId: "STDLIB" };
  if (path.startsWith("/")) return { uri: encodeURI(`file://${path}`) };
  return { uri: encodeURI(/^[A-Za-z]:/.test(path) ? `file:///${path}` : path) };
}

function regionAsSarif({ source, span }: Place): object {
  const start = positionAt(source, span.start);
  const end = positionAt(source, span.end);
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}
