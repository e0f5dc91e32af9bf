// Small rules that every ledger adapter shares: keys, an account's limits, failures that the ledger itself names. Pure.
import { posix } from "node:path";
import type { Calendar } from "../core/calendar.ts";
import type { Category, Failure } from "../core/failure.ts";
import { type Instant, instant, millis } from "../core/ids.ts";
import type { JobSpec } from "../core/job.ts";
import { type AccountFacts, type AccountLimits, decideEligibility } from "../core/limits.ts";
import { mayRetry, type RetryPolicy, type Spent } from "../core/retry.ts";
import type { AccountSettings, RunSettings } from "../core/settings.ts";
import type { Look, LookDecision } from "../core/verify.ts";
import type { CauseState, NoWork } from "./ledger.ts";

/** How often one media file may be used before the import mentions it. */
export const WIDESPREAD_OVER = 5;

/** A failed job as far as trying it again goes. `isImported`: an earlier program reported it, no run takes it up by itself. */
export type FailedJob = { category: Category; isImported: boolean; spent: Spent };

/** The path that an imported post is known by: one form for both slashes. */
export function mediaKey(path: string): string {
  return posix.normalize(path.replaceAll("\\", "/"));
}

/** An account that nothing is known about but its name. */
export function plainAccount(name: string, platform: string): AccountSettings {
  return { name, platform, device: null, timezone: null, dailyLimit: null, window: null };
}

/** What an account may do: its own settings first, then the run's. `stored`: what the ledger knew before. */
export function accountLimits(
  settings: Pick<RunSettings, "limits" | "knownAccounts">,
  stored: AccountSettings,
): AccountLimits {
  const own = settings.knownAccounts.find((a) => a.name === stored.name && a.platform === stored.platform) ?? stored;
  return {
    daily: own.dailyLimit ?? settings.limits.daily,
    minGapMs: settings.limits.minGapMs,
    zone: own.timezone ?? settings.limits.timezone,
    window: own.window ?? settings.limits.window,
  };
}

/**
 * What a run's config says of its accounts, after what the configs of campaigns say that run meanwhile; the last word on each
 * setting counts. Nobody's account is loosed from its phone under a run that binds it.
 */
export function withSaidElsewhere(
  accounts: readonly AccountSettings[],
  elsewhere: readonly AccountSettings[],
): AccountSettings[] {
  const keyOf = ({ platform, name }: AccountSettings) => JSON.stringify([platform, name]);
  const listed = new Set(accounts.map(keyOf));
  return [...elsewhere.filter((a) => listed.has(keyOf(a))), ...accounts];
}

/** Where nobody says otherwise: no limits, the days of this zone. */
export const noLimits = (zone: string): Pick<RunSettings, "limits" | "knownAccounts"> => ({
  limits: { daily: 0, minGapMs: millis(0), timezone: zone, window: null },
  knownAccounts: [],
});

/**
 * When an account may post its next job.
 *
 * @param openAt  when the first of its open jobs is due by itself; `null` = it has none
 * @param facts   of the account, at `now`
 * @returns `null` for a held account, or one with nothing to post
 */
export function nextTurn(
  now: Instant,
  openAt: Instant | null,
  facts: AccountFacts,
  rules: { limits: AccountLimits; calendar: Calendar },
): Instant | null {
  if (openAt === null || facts.isHeld) return null;
  const { limits, calendar } = rules;
  const today = calendar.dayOf(now, limits.zone);
  let at = instant(Math.max(now, openAt));
  // limit, window and gap, each of which may move it on once more
  for (let step = 0; step < 4; step++) {
    const postsToday = calendar.dayOf(at, limits.zone) === today ? facts.postsToday : 0;
    const verdict = decideEligibility(at, { notBefore: null, notAfter: null }, { ...facts, postsToday }, rules);
    if (verdict.next !== "defer" && verdict.next !== "wait") return at;
    at = verdict.until;
  }
  return at;
}

/** Whether an attempt's job is the one that its report names; one of an older version names none. */
export const isOf = (job: string, named: string | null | undefined): boolean => named == null || named === job;

/** Whether two rows of one id describe the same job. Key order does not matter. */
export function sameSpec(a: JobSpec, b: JobSpec): boolean {
  return specText(a) === specText(b);
}

/** A job's content as one text, with sorted keys; equal for equal content. */
export function specText(spec: JobSpec): string {
  return JSON.stringify(spec, (_key, value: unknown) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** Why a failed job is where it is, for the end of a pass. */
export type FailedStanding = "retryable" | "exhausted" | "non_retryable";

/** Sorts a failed job. `isAccountHeld`: nothing of a held account is tried again. */
export function failedStanding(job: FailedJob, policy: RetryPolicy, isAccountHeld: boolean): FailedStanding {
  const { category, isImported, spent } = job;
  if (isImported || isAccountHeld) return "non_retryable";
  if (mayRetry(category, spent, policy)) return "retryable";
  if (category === "infrastructure") return "exhausted";
  return category === "unknown" && policy.unknown > 0 ? "exhausted" : "non_retryable";
}

/** Whether a new run takes a failed job up; its account must not be held either. */
export function isTakenUp(job: Omit<FailedJob, "spent">, retryAllFailed: boolean): boolean {
  if (job.isImported) return retryAllFailed;
  return job.category === "infrastructure" || job.category === "unknown";
}

/** A job whose `not_after` has passed before its turn. */
export function tooLateFailure(notAfter: Instant): Failure {
  return ledgerFailure("content", "too_late", `not posted before ${new Date(notAfter).toISOString()} (not_after)`);
}

const NOT_POSTED = "not_posted";

/** An unconfirmed attempt that a look or a person found not posted. */
export function notPostedFailure(by: "verify" | "person"): Failure {
  const how = by === "verify" ? "looked twice: the post is not there" : "a person said that it is not posted";
  return ledgerFailure("infrastructure", NOT_POSTED, how);
}

/** So many causes a finished run tells of. */
export const SUMMED_UP = 10;

/** How a cause stands. `lastRun`: the campaign's present or last run. */
export function causeState(
  cause: { firstRun: string | null; isResolved: boolean; isRegressed: boolean },
  lastRun: string | null,
): CauseState {
  if (cause.isResolved) return "resolved";
  if (cause.isRegressed) return "regressed";
  return lastRun !== null && cause.firstRun === lastRun ? "new" : "known";
}

/** What is noted of a look that settled nothing. */
export const lookedInVain = (look: Look, decision: LookDecision): string =>
  `${look.replaceAll("_", " ")}; ${decision.next === "settling" ? "looked for again" : "a person has to look"}`;

function ledgerFailure(category: Category, cause: string, message: string): Failure {
  return {
    category,
    cause,
    rule: `ledger.${cause}`,
    why: "seen by the ledger itself",
    rateLimited: false,
    cooldownMs: null,
    retryAfterMs: null,
    evidence: { message, cause },
  };
}

/** Whether an outage gives this back: what answers to slow down cost is counted apart. */
export const isPaidFor = (charge: string | null): charge is "infrastructure" | "unknown" =>
  charge === "infrastructure" || charge === "unknown";

/** A failure that nobody pays for, since an outage was to blame: its pass has not tried the job yet. A post that a person missed was tried. */
export function isForgiven({ category, cause }: Pick<Failure, "category" | "cause">, charge: string | null): boolean {
  return charge === null && (category === "infrastructure" || category === "unknown") && cause !== NOT_POSTED;
}

/** Why an account is held that an attempt shows to be blocked. `before`: why a person held it while the attempt ran. */
export const reasonAfter = (reason: string, before: string | null): string =>
  before === null ? reason : `${reason} (held before: ${before})`;

/** Why a hold is not ended yet. */
export const coolsDown = (cause: string, until: Instant): string =>
  `held for ${cause} until ${new Date(until).toISOString()}; it may be released after that, or now with --force`;

/** The answer to a peek on several devices: ready if any is, else the earliest wait. */
export function bestPeek(
  devices: readonly (string | null)[] | undefined,
  look: (device: string | null) => { next: "found" } | NoWork,
): { next: "ready" } | NoWork {
  let best: NoWork = { next: "none" };
  for (const device of new Set(devices ?? [null])) {
    const found = look(device);
    if (found.next === "found") return { next: "ready" };
    if (found.next === "wait" && (best.next === "none" || found.until < best.until)) best = found;
  }
  return best;
}

/** Why an orchestrator that another one has followed writes nothing. */
export const fencedOff = (campaign: string): string =>
  `campaign "${campaign}" was taken over by another orchestrator; this one has written nothing since. See it: reprise status`;
