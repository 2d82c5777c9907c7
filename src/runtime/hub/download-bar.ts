// How far a download is, on a terminal.

import { clock } from "../report/numbers.ts";
import { Progress } from "../report/progress.ts";

/** A bar for a file of so many bytes; drawn on a terminal alone. */
export class DownloadBar {
  readonly #progress = new Progress(process.stderr);
  readonly #bytes: number;
  readonly #began = performance.now();
  #before: number | undefined;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  draw(have: number): void {
    this.#before ??= have; // what an earlier process had fetched is no sign of speed
    const speed = (have - this.#before) / Math.max(1, performance.now() - this.#began); // bytes in a millisecond
    const left = speed === 0 ? [] : [`${clock((this.#bytes - have) / speed / 1000)} left`];
    const [done, total] = [have, this.#bytes].map((bytes) => Math.ceil(bytes / 1e6));
    const details = ["MB", ...left, `${(speed / 1000).toFixed(1)} MB/s`];
    this.#progress.draw({ label: "fetching", done: done ?? 0, total: total ?? 0, details });
  }

  close(): void {
    this.#progress.close();
  }
}
