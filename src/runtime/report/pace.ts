// How fast a run goes and how long it has left, from what it did so far.

/** An average that forgets: each new value counts for `weight`, and the first ones are not drowned by a zero start. */
export class MovingAverage {
  readonly #weight: number;
  #sum = 0;
  #total = 0;

  constructor(weight: number) {
    this.#weight = weight;
  }

  add(value: number): this {
    this.#sum = (1 - this.#weight) * this.#sum + this.#weight * value;
    this.#total = (1 - this.#weight) * this.#total + this.#weight;
    return this;
  }

  /** NaN before the first value. */
  get value(): number {
    return this.#sum / this.#total;
  }
}

/** What is still to be done. */
export interface WorkLeft {
  readonly steps: number;
  /** Rows of evaluations to come. */
  readonly rows: number;
}

export class Pace {
  readonly #step = new MovingAverage(0.05);
  readonly #row = new MovingAverage(0.3);
  readonly #loss = new MovingAverage(0.05);

  stepTook(seconds: number, loss: number): void {
    this.#step.add(seconds);
    this.#loss.add(loss);
  }

  rowsTook(seconds: number, rows: number): void {
    if (rows > 0) this.#row.add(seconds / rows);
  }

  /** Of the last steps, about twenty. */
  get loss(): number {
    return this.#loss.value;
  }

  get secondsPerStep(): number {
    return this.#step.value;
  }

  /** Seconds; evaluations are counted as soon as one has been timed. */
  timeLeft({ steps, rows }: WorkLeft): number {
    return steps * this.#step.value + (Number.isNaN(this.#row.value) ? 0 : rows * this.#row.value);
  }
}
