// What holds an account's next post back: hold, daily limit, gap, window. Pure; the facts come from the ledger.
import type { Calendar, Window } from "./calendar.ts";
import { type Instant, instant, type LocalDay, later, type Millis } from "./ids.ts";

/** What one account may do. `daily` 0 = no limit. */
export type AccountLimits = { daily: number; minGapMs: Millis; zone: string; window: Window | null };

/** What one account has done, read in the transaction that claims. */
export type AccountFacts = {
  isHeld: boolean;
  /** Posts made, unconfirmed or with an open intent on the local day of `now`. */
  postsToday: number;
  /** When the last such post was made; `null` = never. */
  lastPostAt: Instant | null;
};

export type Eligibility =
  | { next: "go" }
  /** Held with its account. */
  | { next: "hold" }
  /** Not waited for by the pass: shown as deferred. */
  | { next: "defer"; until: Instant; reason: "daily_limit" | "window" | "not_before" }
  /** Waited for by the pass. */
  | { next: "wait"; until: Instant; reason: "min_gap" }
  /** Its time is over: a content failure. */
  | { next: "too_late" };

export type JobTimes = { notBefore: Instant | null; notAfter: Instant | null };

/**
 * Decides whether a job of this account may be attempted now.
 *
 * Order: hold, too late, not before, daily limit, window, gap. Total.
 * Source: 3-semantics 3.2 (2), 3.6
 */
export function decideEligibility(
  now: Instant,
  job: JobTimes,
  facts: AccountFacts,
  rules: { limits: AccountLimits; calendar: Calendar },
): Eligibility {
  const { limits, calendar } = rules;
  if (facts.isHeld) return { next: "hold" };
  if (job.notAfter !== null && now > job.notAfter) return { next: "too_late" };
  if (job.notBefore !== null && now < job.notBefore)
    return { next: "defer", until: job.notBefore, reason: "not_before" };
  if (limits.daily > 0 && facts.postsToday >= limits.daily) {
    return { next: "defer", until: calendar.nextDay(now, limits.zone), reason: "daily_limit" };
  }
  if (limits.window !== null) {
    const opens = calendar.opens(now, limits.zone, limits.window);
    if (opens > now) return { next: "defer", until: opens, reason: "window" };
  }
  if (limits.minGapMs > 0 && facts.lastPostAt !== null) {
    const free = later(facts.lastPostAt, limits.minGapMs);
    if (free > now) return { next: "wait", until: free, reason: "min_gap" };
  }
  return { next: "go" };
}

/** The day a post counts for: fixed at the intent, never before the account's newest day (a clock set back gives no day twice). */
export function limitDay(today: LocalDay, newest: LocalDay | null): LocalDay {
  return newest !== null && newest > today ? newest : today;
}

/** The earlier of two wake-up times, where `null` = never. */
export function earliest(a: Instant | null, b: Instant | null): Instant | null {
  if (a === null) return b;
  return b === null ? a : instant(Math.min(a, b));
}
