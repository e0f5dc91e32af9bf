// When a run ends itself early (3-semantics 3.3 setup, 3.5 --halt).
import type { Attempt } from "./attempt.ts";
import type { HaltRule } from "./settings.ts";

/** What this start of the run has seen so far. */
export type HaltCounts = {
  /** Attempts that ended as failed. */
  failed: number;
  /** Attempts that ended, other than cancelled. */
  finished: number;
  /** Jobs that met each setup failure. */
  setups: ReadonlyMap<string, ReadonlySet<string>>;
};

export type HaltDecision =
  | { next: "go_on" }
  /** `now`: attempts before their intent are cancelled; else they may finish. */
  | { next: "halt"; reason: string; now: boolean };

/** The second identical setup failure on distinct jobs halts at once. */
const SETUP_JOBS = 2;
/** A percentage means nothing before so many failures (as GNU parallel counts). */
const PERCENT_FROM = 3;

export function decideHalt(rule: HaltRule, counts: HaltCounts): HaltDecision {
  for (const [cause, jobs] of counts.setups) {
    if (jobs.size >= SETUP_JOBS)
      return { next: "halt", reason: `setup failure: ${cause} (${[...jobs].join(", ")})`, now: true };
  }
  if (rule === null || !isOver(rule, counts)) return { next: "go_on" };
  const limit = rule.unit === "percent" ? `${rule.fail} %` : `${rule.fail}`;
  return {
    next: "halt",
    reason: `${counts.failed === 1 ? "1 attempt" : `${counts.failed} attempts`} failed (--halt ${rule.when},fail=${limit})`,
    now: rule.when === "now",
  };
}

function isOver(rule: NonNullable<HaltRule>, { failed, finished }: HaltCounts): boolean {
  if (rule.unit === "count") return failed >= rule.fail;
  return failed >= PERCENT_FROM && failed * 100 >= rule.fail * finished;
}

/** Adds an ended attempt. */
export function countForHalt(counts: HaltCounts, job: string, attempt: Attempt): HaltCounts {
  if (attempt.phase === "cancelled") return counts;
  const finished = counts.finished + 1;
  if (attempt.phase !== "failed") return { ...counts, finished };
  const { category, cause } = attempt.failure;
  const setups = category === "setup" ? withJob(counts.setups, cause, job) : counts.setups;
  return { failed: counts.failed + 1, finished, setups };
}

function withJob(setups: HaltCounts["setups"], cause: string, job: string): HaltCounts["setups"] {
  return new Map([...setups, [cause, new Set([...(setups.get(cause) ?? []), job])]]);
}

export const NO_HALT_COUNTS: HaltCounts = { failed: 0, finished: 0, setups: new Map() };
