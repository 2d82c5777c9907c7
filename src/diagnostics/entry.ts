// One entry of the catalogue of messages.

export interface Entry {
  readonly severity: "error" | "warning";
  /** What is true, not what failed; `{name}` marks a parameter. */
  readonly message: string;
  /** What to do about it. */
  readonly help?: string;
  /** Why the rule exists, for `dept explain`. */
  readonly why: string;
  /** An error that a project may lower or silence, as it may every warning: a policy, on which nothing else is built. */
  readonly policy?: true;
  /** Found only by a command that looks at a task's rows, or is told a device; `dept check` asks for neither. */
  readonly asks?: "rows" | "device";
}
