// What comes of a step, and of whom it is asked.

export interface StepOutcome {
  readonly loss: number;
  /** Of all gradients together, before clipping. */
  readonly gradientNorm: number;
  readonly seconds: number;
}

export type NoteStep = (outcome: StepOutcome) => void;

/**
 * Takes the steps of a run in order. `begin` and `settle` throw NotFinite for a step that spoiled a number; then, and whenever all
 * is settled, the parameters' values and moments and `history.lastGood` are those of the steps whose outcome was noted.
 */
export interface Stepper {
  /** Steps that were begun and whose outcome has not come yet. */
  readonly inFlight: number;
  /** Begins the step after all those that were begun. */
  begin(): Promise<void>;
  /** Waits for everything that was begun. */
  settle(): Promise<void>;
  dispose(): void;
}
