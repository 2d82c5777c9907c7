// A formatted file with only those declarations left that somebody asked for, and those that they name in turn.

const declaration = /^(?:backbone|task|method|tune|compare|sweep) (\w+)[^]*?^\}$/gm;

/**
 * The text at its old places, blanks where the other declarations stood. Whole where one of the names is declared nowhere: a
 * message about it lists what there is. Declarations must begin and end at the start of a line, as the formatter has them.
 */
export function wantedText(text: string, names: ReadonlySet<string>): string {
  const declared = new Map([...text.matchAll(declaration)].map((match) => [match[1] ?? "", match[0]]));
  if (![...names].every((name) => declared.has(name))) return text;
  const wanted = new Set<string>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (wanted.has(name)) continue;
    wanted.add(name);
    for (const [word] of (declared.get(name) ?? "").matchAll(/\w+/g))
      if (declared.has(word)) waiting.push(word);
  }
  return text.replaceAll(declaration, (whole, name: string) =>
    wanted.has(name) ? whole : whole.replaceAll(/[^\n]/g, " "),
  );
}
