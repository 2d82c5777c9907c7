// Writes docs/diagnostics.md from the catalogue. Run by `npm run generate`, after a build.

import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { format } from "prettier";

/** The page's text, formatted; the test compares it with the file. */
export async function diagnosticsPage(catalog) {
  const rooms = new Map();
  for (const entry of Object.entries(catalog)) {
    const room = entry[0].split("/")[0];
    rooms.set(room, [...(rooms.get(room) ?? []), entry]);
  }
  const sections = [...rooms].map(([room, entries]) => `## ${room}\n\n${entries.map(section).join("\n")}`);
  const text = `# Diagnostics

Everything the compiler can say, by the phase that says it. \`dept explain CODE\` prints one entry; \`{…}\` stands for
what a message fills in. A project may set the severity of warnings and of errors marked as a policy ([checks.md](checks.md)). Generated from \`src/diagnostics/messages/\` by \`npm run generate\`.

${sections.join("\n")}`;
  return format(text, { parser: "markdown", printWidth: 110 });
}

const asked = { rows: "`dept data`", device: "a command that is told a device or a backend" };

function section([code, { severity, message, help, why, policy, asks }]) {
  const advice = help === undefined ? "" : `\nWhat to do: ${asCode(help)}\n`;
  const by = asks === undefined ? "" : ` Found by ${asked[asks]}.`;
  return `### ${code}\n\n${severity}${policy ? " (a policy)" : ""}: ${asCode(message)}\n${advice}\n${why}${by}\n`;
}

function asCode(text) {
  return `\`${text.replaceAll("`", "'")}\``;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { catalog } = await import("../dist/src/diagnostics/catalog.js");
  writeFileSync(new URL("../docs/diagnostics.md", import.meta.url), await diagnosticsPage(catalog));
}
