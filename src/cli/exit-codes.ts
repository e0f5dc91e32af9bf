// The one table of exit codes (2-contract 2.2). Scripts depend on it: additive changes only.
import type { PassResult } from "../core/pass.ts";

export type ExitRow = { code: number; name: string; meaning: string };

/** First that fits, in this order. */
export const EXIT_CODES: readonly ExitRow[] = [
  { code: 130, name: "interrupted", meaning: "stopped by Ctrl+C (SIGINT), in order" },
  { code: 143, name: "interrupted", meaning: "stopped by SIGTERM or `reprise stop`, in order" },
  { code: 129, name: "interrupted", meaning: "the terminal was closed (SIGHUP), stopped in order" },
  { code: 75, name: "conflict", meaning: "another orchestrator holds the campaign" },
  { code: 2, name: "usage", meaning: "a flag, the config, a rule or a job file was refused; nothing was started" },
  { code: 20, name: "preflight", meaning: "no device, Appium, adb, ledger or disk; nothing was attempted" },
  { code: 1, name: "internal", meaning: "a bug in reprise" },
  { code: 7, name: "halted", meaning: "halt threshold, setup failure or outage; the next run goes on" },
  { code: 6, name: "unconfirmed", meaning: "some posts may be live: look before anything else" },
  {
    code: 5,
    name: "max_passes_reached / retries_exhausted",
    meaning: "passes or retries are used up, some jobs still fail",
  },
  { code: 3, name: "only_non_retryable", meaning: "what is left can't be helped by trying again" },
  { code: 8, name: "deferred", meaning: "what is left is not due yet, or held" },
  { code: 4, name: "no_jobs", meaning: "nothing to post, or no account to post to (--allow-empty: 0)" },
  { code: 0, name: "all_complete", meaning: "every job is posted, or was posted before" },
];

/** Who asked a run to stop. `reprise stop` counts as SIGTERM. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

const OF_SIGNAL: Record<StopSignal, number> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/** The exit code of what was stopped, by whomever. */
export const exitCodeOfStop = (by: string): number => (isSignal(by) ? OF_SIGNAL[by] : OF_SIGNAL.SIGTERM);

const isSignal = (by: string): by is StopSignal => Object.hasOwn(OF_SIGNAL, by);

const OF_RESULT: Record<PassResult, number> = {
  all_complete: 0,
  only_non_retryable: 3,
  max_passes_reached: 5,
  retries_exhausted: 5,
  retryable_remaining: 5,
  unconfirmed_remaining: 6,
  deferred: 8,
  interrupted: 143,
  halted: 7,
  no_jobs: 4,
  no_accounts: 4,
};

/**
 * The exit code of a run that ended, first row of the table that fits.
 *
 * @param counts  the campaign's; any unconfirmed job makes 6, whatever the result's name (but not of a stopped or halted run)
 * @param more    who stopped it; whether an empty run is fine
 */
export function exitCodeOf(
  result: PassResult,
  counts: { unconfirmed: number },
  more: { stoppedBy?: StopSignal | null; allowEmpty?: boolean } = {},
): number {
  if (result === "interrupted") return exitCodeOfStop(more.stoppedBy ?? "SIGTERM");
  if (result === "halted") return OF_RESULT.halted;
  if (counts.unconfirmed > 0) return OF_RESULT.unconfirmed_remaining;
  if (result === "no_jobs" && more.allowEmpty === true) return 0;
  return OF_RESULT[result];
}

/** An exit code in words: `3 (only_non_retryable): what is left can't be helped by trying again`. */
export function exitWords(code: number): string {
  const row = EXIT_CODES.find((row) => row.code === code);
  return row === undefined ? `${code}` : `${code} (${row.name}): ${row.meaning}`;
}
