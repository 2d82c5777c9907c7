// Programs with a few slips in them, the same ones for the same seed.

const pieces =
  /\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|[A-Za-z_]\w*|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?%?|\.\.|[^\sA-Za-z0-9_"]|\s+|"/g;
const strangers = [
  ...'{}[]()=:,.+-*/@%"\\$#é∑\n\t ',
  ...[
    "..",
    "//",
    "///",
    "tune",
    "group",
    "within",
    "of",
    "in",
    "frozen",
    "auto",
    "0.5%",
    "3abc",
    '"open',
    "name",
    "12",
  ],
  ...["\u0000", "\uFEFF", "\uD800", "\r\n", "__proto__", "constructor"],
];

/** Mulberry32: numbers from 0 up to but without `below`. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export function tokensOf(text: string): string[] {
  return text.match(pieces) ?? [];
}

/** Some tokens or characters deleted, doubled, swapped, replaced or inserted; now and then the end cut off. */
export function mangle(text: string, random: (below: number) => number): string {
  const parts = random(4) === 0 ? [...text] : tokensOf(text);
  for (let slips = 1 + random(4); slips > 0 && parts.length > 1; slips--) {
    const at = random(parts.length);
    const stranger = strangers[random(strangers.length)] ?? "";
    const here = parts[at] ?? "";
    const other = random(parts.length);
    switch (random(6)) {
      case 0:
        parts.splice(at, 1 + random(3));
        break;
      case 1:
        parts.splice(at, 0, here);
        break;
      case 2:
        [parts[at], parts[other]] = [parts[other] ?? "", here];
        break;
      case 3:
        parts[at] = stranger;
        break;
      case 4:
        parts.splice(at, 0, stranger);
        break;
      default:
        if (random(4) === 0) parts.length = at;
    }
  }
  return parts.join("");
}
