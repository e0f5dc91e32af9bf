// What one pass without a failure would do with the jobs of one account: the decision behind `plan`. Pure.
import { type Instant, instant, type LocalDay } from "./ids.ts";
import { type AccountFacts, decideEligibility, type JobTimes } from "./limits.ts";

type Rules = Parameters<typeof decideEligibility>[3];

/** `twin`: what stands against it in the history of posts; `media` names it among jobs of its own account. */
export type TurnJob = JobTimes & { media: string; allowRepost: boolean; twin: "duplicate" | "unconfirmed" | null };

export type Turn =
  /** Later than now only where the pass waits for the gap between two posts. */
  | { next: "post"; at: Instant }
  | { next: "skip" }
  | { next: "hold"; by: "account" | "twin" }
  /** Not before `until`; behind other jobs of the account it may be later still. */
  | { next: "defer"; until: Instant; reason: "daily_limit" | "window" | "not_before" }
  | { next: "too_late" };

/**
 * Plays an account's jobs in the order they would be claimed.
 *
 * @param jobs   best first
 * @param facts  of the account, at `now`
 * @returns a turn a job, in order
 */
export function playTurns(now: Instant, jobs: readonly TurnJob[], facts: AccountFacts, rules: Rules): Turn[] {
  const account = { at: now, day: rules.calendar.dayOf(now, rules.limits.zone), facts: { ...facts } };
  const posted = new Set<string>();
  return jobs.map((job) => {
    if (facts.isHeld) return { next: "hold", by: "account" };
    const turn = turnOf(account, job, rules);
    if (turn.next !== "post") return turn;
    if (!job.allowRepost && (job.twin === "duplicate" || posted.has(job.media))) return { next: "skip" };
    if (!job.allowRepost && job.twin === "unconfirmed") return { next: "hold", by: "twin" };
    posted.add(job.media);
    account.at = turn.at;
    account.facts.postsToday++;
    account.facts.lastPostAt = turn.at;
    return turn;
  });
}

type Playing = { at: Instant; day: LocalDay; facts: AccountFacts };

function turnOf(account: Playing, job: TurnJob, rules: Rules): Turn {
  const verdict = decideEligibility(account.at, job, account.facts, rules);
  switch (verdict.next) {
    case "go":
      return { next: "post", at: account.at };
    case "hold":
      return { next: "hold", by: "account" };
    case "wait":
      waitUntil(account, verdict.until, rules);
      return turnOf(account, job, rules);
    default:
      return verdict;
  }
}

/** The pass waits; past midnight a new day's limit counts. */
function waitUntil(account: Playing, until: Instant, { limits, calendar }: Rules): void {
  account.at = instant(Math.max(until, account.at + 1)); // always on, so that it ends
  const day = calendar.dayOf(account.at, limits.zone);
  if (day > account.day) [account.day, account.facts.postsToday] = [day, 0];
}
