// What follows a closed pass (3-semantics 3.2 (3)): the one table that ends a run.
import { type Instant, type Millis, millis, minutes, type PassNo } from "./ids.ts";

export const FINAL_RESULTS = [
  "all_complete",
  "only_non_retryable",
  "max_passes_reached",
  "retries_exhausted",
  "unconfirmed_remaining",
  "deferred",
  "interrupted",
  "halted",
  "no_jobs",
  "no_accounts",
] as const;
export type FinalResult = (typeof FINAL_RESULTS)[number];
export type PassResult = FinalResult | "retryable_remaining";

/** All jobs of the run that count for its result, after verifying. */
export type PassFacts = {
  stopAsked: boolean;
  /** Halt threshold, setup failure, or an outage that outlived its patience. */
  halted: boolean;
  /** Jobs in the campaign that count. */
  total: number;
  /** Failed for infrastructure or unknown, budget left; or pending and due. */
  retryable: number;
  /** Unconfirmed jobs whose absence may still be proved, with a verify configured. */
  settling: number;
  /** Infrastructure or unknown failures whose own budget is spent (unknown ones without retries not counted). */
  exhausted: number;
  unconfirmed: number;
  /** Account, content, setup failures, unknown ones under `--no-retry-unknown`, jobs held with their account. */
  nonRetryable: number;
  deferred: number;
  /** Held by a person or behind a twin. */
  held: number;
};

export type PassPolicy = {
  maxPasses: number;
  delayMs: Millis;
  /** Factor per pass: delay × backoff^(N-1). */
  backoff: number;
  delayMaxMs: Millis | null;
  /** 0..1: share of the delay drawn at random. */
  jitter: number;
};

export type PassDecision = { next: "stop"; result: FinalResult } | { next: "wait"; result: "retryable_remaining" };

/**
 * Decides what follows pass N, first row that fits.
 *
 * @returns `wait` only while another pass could still change the result. Total.
 * Source: 3-semantics 3.2 (3)
 */
export function decideAfterPass(pass: PassNo, facts: PassFacts, policy: Pick<PassPolicy, "maxPasses">): PassDecision {
  if (facts.stopAsked) return { next: "stop", result: "interrupted" };
  if (facts.halted) return { next: "stop", result: "halted" };
  if (facts.retryable + facts.settling > 0 && pass < policy.maxPasses)
    return { next: "wait", result: "retryable_remaining" };
  if (facts.retryable > 0) return { next: "stop", result: "max_passes_reached" };
  return { next: "stop", result: restResult(facts) };
}

/** The result when nothing is left that a retry could help. */
export function restResult(facts: PassFacts): FinalResult {
  if (facts.exhausted > 0) return "retries_exhausted";
  if (facts.unconfirmed > 0) return "unconfirmed_remaining";
  if (facts.nonRetryable > 0) return "only_non_retryable";
  if (facts.deferred + facts.held > 0) return "deferred";
  return "all_complete";
}

/**
 * The delay before pass N+1, in ms: finite, never below 0 nor above `delayMaxMs`.
 *
 * @param draw  a number in [0, 1), from the run's seed
 */
export function passDelay(pass: PassNo, policy: PassPolicy, draw: number): Millis {
  // With 0 ms there is nothing to grow: 0 × an infinite factor would be no number.
  const grown = policy.delayMs === 0 ? 0 : policy.delayMs * policy.backoff ** (pass - 1);
  const drawn = Math.min(grown, Number.MAX_SAFE_INTEGER) * (1 + policy.jitter * (2 * draw - 1));
  return millis(Math.round(Math.min(drawn, policy.delayMaxMs ?? Math.max(policy.delayMs, GROWS_TO))));
}

/** A day: where a delay without a cap of its own stops growing. */
const GROWS_TO = minutes(24 * 60);

/**
 * When to look again at posts that are settling: the earliest time, put off for those that follow within the delay between
 * passes. A pass for each of them alone would use the passes up.
 */
export function settlingWait(times: readonly Instant[], delayMs: Millis): Instant | null {
  if (times.length === 0) return null;
  const earliest = times.reduce((a, b) => (a < b ? a : b));
  return times.filter((at) => at <= earliest + delayMs).reduce((a, b) => (a > b ? a : b));
}
