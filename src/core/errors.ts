// Why no run could start, or a command could not be done: the one error class that crosses rooms.

/** What stands in the way. `bad_rows` and `usage`: nothing was started or taken in. */
export type RepriseErrorCode = "usage" | "conflict" | "preflight" | "no_jobs" | "no_accounts" | "bad_rows" | "internal";

/** Exit code of each refusal; the whole table is `cli/exit-codes.ts`. */
const EXIT_OF: Record<RepriseErrorCode, number> = {
  usage: 2,
  bad_rows: 2,
  conflict: 75,
  preflight: 20,
  no_jobs: 4,
  no_accounts: 4,
  internal: 1,
};

/**
 * A refusal. `message` is one line: what, and what to do.
 *
 * `details`: further lines, such as one per bad row. `conflicts`: who holds the campaign (pid, host, start).
 */
export class RepriseError extends Error {
  readonly code: RepriseErrorCode;
  readonly exitCode: number;
  readonly details: readonly string[];
  readonly conflicts: readonly unknown[];

  constructor(
    code: RepriseErrorCode,
    message: string,
    more: { details?: readonly string[]; conflicts?: readonly unknown[]; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.name = "RepriseError";
    this.code = code;
    this.exitCode = EXIT_OF[code];
    this.details = more.details ?? [];
    this.conflicts = more.conflicts ?? [];
  }
}

/** The word for it on the wire (`{"type":"error","error":...}`). */
export function errorWord(code: RepriseErrorCode): string {
  return code === "conflict" ? "orchestrator_conflict" : code;
}
