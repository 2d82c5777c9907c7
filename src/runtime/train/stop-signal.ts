// Ctrl-C during training: once to finish the step and save, twice to leave at once.

export type StopReason = "SIGINT" | "SIGTERM";

const exitCodes: Readonly<Record<StopReason, number>> = { SIGINT: 130, SIGTERM: 143 };

export interface StopSignal {
  /** The first signal that asked to stop, once one did. */
  readonly requested: StopReason | undefined;
  /** Gives the signals back their usual effect. */
  release(): void;
}

/** What a shell expects a process ended by the signal to exit with. */
export function exitCodeOf(reason: StopReason): number {
  return exitCodes[reason];
}

/** Takes SIGINT and SIGTERM over until released. `onRequest` is called at the first one; a second ends the process. */
export function listenForStop(onRequest: (reason: StopReason) => void): StopSignal {
  let requested: StopReason | undefined;
  const listen = (reason: StopReason) => () => {
    if (requested !== undefined) process.exit(exitCodeOf(reason));
    requested = reason;
    onRequest(reason);
  };
  const listeners = { SIGINT: listen("SIGINT"), SIGTERM: listen("SIGTERM") };
  process.on("SIGINT", listeners.SIGINT);
  process.on("SIGTERM", listeners.SIGTERM);
  return {
    get requested() {
      return requested;
    },
    release() {
      process.off("SIGINT", listeners.SIGINT);
      process.off("SIGTERM", listeners.SIGTERM);
    },
  };
}
