/**
 * The public API: run a campaign from a program. Same settings, defaults, ledger and results as the `reprise` command.
 *
 * @example
 * import { PassResult, runWithRetry } from "reprise";
 * const run = await runWithRetry({ jobs: ["jobs.csv"], exec: "./poster.sh", maxPasses: 2 });
 * if (run.final_result !== PassResult.ALL_COMPLETE) console.error(run.failed, "failed");
 */
import { resolve } from "node:path";
import { abortStops } from "./cli/stop-source.ts";
import type { Flags, Resolved } from "./config/config.ts";
import { RepriseError } from "./core/errors.ts";
import type { EventLine, RunFinished } from "./core/events.ts";
import type { PassResult as PassResultWord } from "./core/pass.ts";

export { RepriseError, type RepriseErrorCode } from "./core/errors.ts";
export type { EventLine, PassRecord, RunFinished } from "./core/events.ts";
export {
  AccountFailure,
  ContentFailure,
  definePoster,
  InfrastructureFailure,
  type LookContext,
  type ModulePoster,
  type PosterContext,
  type PosterLook,
  SetupFailure,
} from "./module-poster.ts";

/** How a pass or a run ended, as it stands in `final_result` and in `pass_history[].result`. */
export const PassResult = Object.freeze({
  /** Every job is posted, or was before. */
  ALL_COMPLETE: "all_complete",
  /** Of a pass only: another one follows. */
  RETRYABLE_REMAINING: "retryable_remaining",
  /** What is left can't be helped by trying again. */
  ONLY_NON_RETRYABLE: "only_non_retryable",
  MAX_PASSES_REACHED: "max_passes_reached",
  /** Some job has used up its own retries. */
  RETRIES_EXHAUSTED: "retries_exhausted",
  /** Some post may be live: look before anything else. */
  UNCONFIRMED_REMAINING: "unconfirmed_remaining",
  /** What is left is not due yet, or held. */
  DEFERRED: "deferred",
  /** Stopped; the next run goes on. */
  INTERRUPTED: "interrupted",
  /** Ended itself: set-up failure, halt threshold, outage; the next run goes on. */
  HALTED: "halted",
  NO_JOBS: "no_jobs",
  NO_ACCOUNTS: "no_accounts",
} as const satisfies { [W in PassResultWord as Uppercase<W>]: W });
export type PassResult = (typeof PassResult)[keyof typeof PassResult];

/** What governs passes and retries. */
export type RetryConfig = {
  /** Most passes of one run, the first included. */
  maxPasses: number;
  /** Pause between passes, in seconds. */
  retryDelaySeconds: number;
  /** Retries per job for failures of phone, network or provider; attempts are one more. */
  infrastructureRetryLimit: number;
  /** Whether a failure of unknown cause is tried again (twice at most). */
  unknownErrorIsRetryable: boolean;
};
/** The defaults. */
export const RetryConfig: Readonly<RetryConfig> = Object.freeze({
  maxPasses: 3,
  retryDelaySeconds: 30,
  infrastructureRetryLimit: 3,
  unknownErrorIsRetryable: true,
});
/** The defaults, by another name. */
export const DEFAULT_RETRY_CONFIG: Readonly<RetryConfig> = Object.freeze({ ...RetryConfig });

/** Every setting left out comes from `REPRISE_...` variables, the config file, then the defaults of the command. */
export type RunOptions = Partial<RetryConfig> & {
  /** Job files or folders to take in first; idempotent by job id. */
  jobs?: readonly string[];
  /** Folder of ledger and logs (`./.reprise`). */
  stateDir?: string;
  /** YAML file (`./reprise.config.yaml`, if there is one). */
  configFile?: string;
  /** `default`. */
  campaign?: string;
  /** What relative paths start from; the process's folder. */
  cwd?: string;
  /** Accounts that take part. */
  accounts?: readonly string[];
  /** Jobs at the same time (3). */
  workers?: number;
  /** Command that posts one job. */
  exec?: string;
  /** File whose default export posts one job. */
  poster?: string;
  /** Read-only look at unconfirmed posts: a command, or `same`. */
  verifyExec?: string;
  /** What a failure of a poster that reports no steps means (`unconfirmed`). */
  silentIs?: "unconfirmed" | "failed";
  /** Play posting: `true`, or a scenario file. */
  simulate?: true | string;
  /** The pause grows by this factor each pass (1). */
  retryBackoff?: number;
  retryDelayMaxSeconds?: number;
  /** Share of the pause drawn at random, 0 to 1. */
  retryJitter?: number;
  /** Try failed jobs again first, never those of held accounts or unconfirmed ones. */
  retryAllFailed?: boolean;
  /** Posts per account and local day (1); 0 = no limit. */
  dailyLimit?: number;
  minGapSeconds?: number;
  /** Longest time for one attempt (600). */
  attemptTimeoutSeconds?: number;
  /** How long after a tap "absent" is not yet believed (600). */
  settleSeconds?: number;
  /** How long a stop lets a post past its tap finish (90). */
  stopGraceSeconds?: number;
  /** `now,fail=1`, `soon,fail=10%`. */
  halt?: string;
  /** `none`, `adb`, `geelark` or `stf` (which phones: the config file's `devices`), or `simulated:N`. */
  devices?: string;
  /** `FROM=TO`, each rewriting the root of media paths. */
  mediaMap?: readonly string[];
  skipBad?: boolean;
  /** Seed of all that is drawn at random. */
  seed?: number;
  /** Every event of the run, in order. */
  onEvent?: (line: EventLine) => void;
  /** Stops the run in order, as Ctrl+C would; it then resolves with `interrupted`. */
  signal?: AbortSignal;
};

/**
 * Posts all open jobs in passes, until a retry would not help. Resumes an unfinished run by itself.
 *
 * @returns the object of the `run.finished` event
 * Errors: rejects with `RepriseError` where no run could start (`usage`, `bad_rows`, `conflict`, `preflight`).
 */
export async function runWithRetry(options: RunOptions = {}): Promise<RunFinished> {
  const resolved = await resolvedOf(options);
  if (resolved.dryRun)
    throw new RepriseError("usage", "dry-run is set, and this would post: reprise plan shows a plan");
  const { cwd, jobs = [] } = options;
  const { runMain } = await import("./compose/run-main.ts");
  return runMain({
    resolved,
    files: [resolved.stateFile ?? [], ...jobs].flat().map((file) => (cwd === undefined ? file : resolve(cwd, file))),
    stop: abortStops(options.signal),
    onEvent: options.onEvent ?? (() => {}),
  });
}

async function resolvedOf(options: RunOptions): Promise<Resolved> {
  const { resolveConfig } = await import("./config/config.ts");
  const found = await resolveConfig({ flags: flagsOf(options), env: process.env, cwd: options.cwd ?? process.cwd() });
  if (!found.ok) throw new RepriseError("usage", found.error.message);
  if (options.accounts === undefined) return found.value;
  // As a list: a name may begin with @, which as a flag would be a file.
  return { ...found.value, settings: { ...found.value.settings, accounts: [...options.accounts] } };
}

/** The options as the flags of `reprise run` would say them, so that one parser checks both. */
function flagsOf(o: RunOptions): Flags {
  const { exec, verifyExec, poster, silentIs, simulate, halt, devices, stateDir, campaign, skipBad, retryAllFailed } =
    o;
  return {
    exec,
    verifyExec,
    poster,
    silentIs,
    simulate,
    halt,
    devices,
    stateDir,
    campaign,
    skipBad: skipBad === true ? true : undefined,
    retryAllFailed: retryAllFailed === true ? true : undefined,
    config: o.configFile,
    mediaMap: o.mediaMap === undefined ? undefined : [...o.mediaMap],
    retryUnknown: o.unknownErrorIsRetryable === false ? false : undefined,
    ...numbersOf(o),
  };
}

/** Bare numbers are seconds where a flag takes a time. */
function numbersOf(o: RunOptions): Flags {
  const numbers: Record<string, number | undefined> = {
    workers: o.workers,
    maxPasses: o.maxPasses,
    retryDelay: o.retryDelaySeconds,
    infraRetryLimit: o.infrastructureRetryLimit,
    retryBackoff: o.retryBackoff,
    retryDelayMax: o.retryDelayMaxSeconds,
    retryJitter: o.retryJitter,
    dailyLimit: o.dailyLimit,
    minGap: o.minGapSeconds,
    attemptTimeout: o.attemptTimeoutSeconds,
    settle: o.settleSeconds,
    stopGrace: o.stopGraceSeconds,
    seed: o.seed,
  };
  return Object.fromEntries(Object.entries(numbers).map(([key, n]) => [key, n === undefined ? undefined : String(n)]));
}
