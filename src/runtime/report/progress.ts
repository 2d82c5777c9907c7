// Where a run is, on stderr: one line redrawn on a terminal, now and then a line elsewhere.

import { styleText } from "node:util";

/** What progress needs of a stream; `process.stderr` is one. */
export interface TextStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** One picture of the bar. */
export interface BarState {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** Said after the count, from the most important to the least; what does not fit is left out. */
  readonly details: readonly string[];
}

const redrawInterval = 80; // milliseconds
const longestBar = 32; // characters
const shortestBar = 8;

export class Progress {
  readonly #stream: TextStream;
  readonly #colour: boolean;
  #drawn = false;
  #lastDrawn = -Infinity;
  #tenth = 0;
  readonly #atExit = () => this.clear();

  constructor(stream: TextStream) {
    this.#stream = stream;
    this.#colour = stream.isTTY === true && !process.env["NO_COLOR"];
    process.once("exit", this.#atExit);
  }

  /** A line that stays. */
  say(line: string): void {
    this.clear();
    this.#stream.write(`${line}\n`);
  }

  /** Redraws the bar; `always` also when it was drawn a moment ago. Not a word where the stream is no terminal. */
  draw(state: BarState, always = false): void {
    if (this.#stream.isTTY !== true) return;
    const now = performance.now();
    if (!always && state.done < state.total && now - this.#lastDrawn < redrawInterval) return;
    this.#lastDrawn = now;
    this.#drawn = true;
    // Back to the start of the line, and after the text erase what an earlier, longer one has left.
    this.#stream.write(`\r${barLine(state, this.#stream.columns || 80, this.#colour)}\u001b[K`);
  }

  /** Draws the bar; where the stream is no terminal, says a line for every tenth of the way instead. */
  step(state: BarState): void {
    this.draw(state);
    if (this.#stream.isTTY === true) return;
    const tenth = Math.floor((10 * state.done) / state.total);
    if (tenth > this.#tenth) this.say(plainLine(state));
    this.#tenth = tenth;
  }

  /** Takes the bar away. */
  clear(): void {
    if (this.#drawn) this.#stream.write("\r\u001b[K");
    this.#drawn = false;
    this.#lastDrawn = -Infinity;
  }

  /** Takes the bar away for good. */
  close(): void {
    this.clear();
    process.off("exit", this.#atExit);
  }
}

/** `  training  ━━━━━━━━────────  312/600   loss 0.412   71 examples/s   0:41 left`, never wider than `columns`. */
export function barLine({ label, done, total, details }: BarState, columns: number, colour: boolean): string {
  const tally = `${done.toLocaleString("en-US").padStart(total.toLocaleString("en-US").length)}/${total.toLocaleString("en-US")}`;
  const start = `  ${label.padEnd(10)}  `;
  let rest = `  ${tally}`;
  for (const detail of details) {
    // One column stays free: a terminal that is exactly full moves to the next line.
    if (start.length + shortestBar + rest.length + 3 + detail.length < columns) rest += `   ${detail}`;
  }
  const width = Math.min(longestBar, columns - 1 - start.length - rest.length);
  if (width < shortestBar) return `${start}${rest.trimStart()}`.slice(0, Math.max(0, columns - 1));
  const filled = Math.round((width * done) / Math.max(1, total));
  const [past, future] = ["━".repeat(filled), "─".repeat(width - filled)];
  return start + (colour ? styleText("cyan", past) + styleText("gray", future) : past + future) + rest;
}

function plainLine({ label, done, total, details }: BarState): string {
  return [
    `  ${label}`,
    `step ${done.toLocaleString("en-US")}/${total.toLocaleString("en-US")}`,
    ...details,
  ].join("   ");
}
