// Many devices fail alike: the provider, the network or a server is down, not the phones and not the jobs (3-semantics 3.5).
// A breaker over ended attempts: while it is open nothing is claimed but a canary, and nothing that fails is charged.
import type { Attempt } from "./attempt.ts";
import type { Claim } from "./claim.ts";
import { type AttemptId, attemptId, type Instant, later, type Millis, millis } from "./ids.ts";
import type { Settlement } from "./retry.ts";

/** An ended attempt, as far as outages go. */
export type Ended = {
  attempt: AttemptId;
  at: Instant;
  /** The phone; without phones, its account. */
  device: string;
  /** What infrastructure failed of; `null`: it did not. */
  failed: string | null;
};

export type OutagePolicy = {
  /** Pause before the first canary; doubles with each that fails. */
  probeMs: Millis;
  /** An outage longer than this halts the run. */
  patienceMs: Millis;
  /** Devices of the run: how many failing alike are enough. */
  devices: number;
};

export type Breaker =
  /** `window`: attempts that ended within the last minute, oldest first. */
  | { phase: "closed"; window: readonly Ended[] }
  | {
      phase: "open";
      cause: string;
      since: Instant;
      probeAt: Instant;
      probeMs: Millis;
      probes: number;
      /** The job that is tried for all. */
      canary: AttemptId | null;
    };

export type BreakerNews =
  | { type: "none" }
  /** `uncharge`: attempts of the window that nobody is to pay for. */
  | { type: "opened"; cause: string; devices: number; attempts: number; uncharge: AttemptId[] }
  | { type: "closed"; cause: string; durationMs: Millis; probes: number };

const WINDOW: Millis = millis(60_000);
const LONGEST_PROBE: Millis = millis(5 * 60_000);
const ENOUGH = 5;

export const CLOSED: Breaker = { phase: "closed", window: [] };
const NO_NEWS: BreakerNews = { type: "none" };

/** Takes in an ended attempt. Cancelled ones tell nothing: leave them out. */
export function afterAttempt(breaker: Breaker, ended: Ended, policy: OutagePolicy): [Breaker, BreakerNews] {
  return breaker.phase === "open" ? whileOpen(breaker, ended) : whileClosed(breaker.window, ended, policy);
}

function whileClosed(before: readonly Ended[], ended: Ended, policy: OutagePolicy): [Breaker, BreakerNews] {
  const window = [...before.filter((e) => e.at > ended.at - WINDOW), ended];
  const cause = ended.failed;
  if (cause === null) return [{ phase: "closed", window }, NO_NEWS];
  const alike = window.filter((e) => e.failed === cause);
  const devices = new Set(alike.map((e) => e.device)).size;
  // counted from the first of them: what went well before the trouble began says nothing against it
  const since = window.slice(alike[0] === undefined ? 0 : window.indexOf(alike[0]));
  if (!isOutage({ alike: alike.length, devices, all: since.length }, policy))
    return [{ phase: "closed", window }, NO_NEWS];
  const probeAt = later(ended.at, policy.probeMs);
  const open: Breaker = {
    phase: "open",
    cause,
    since: ended.at,
    probeAt,
    probeMs: policy.probeMs,
    probes: 0,
    canary: null,
  };
  const uncharge = alike.map((e) => e.attempt);
  return [open, { type: "opened", cause, devices, attempts: alike.length, uncharge }];
}

function isOutage(seen: { alike: number; devices: number; all: number }, policy: OutagePolicy): boolean {
  const needed = Math.min(ENOUGH, policy.devices);
  return needed >= 2 && seen.alike >= ENOUGH && seen.devices >= needed && seen.alike * 2 > seen.all;
}

/** Only the canary tells: others began before the outage did. Whatever it ends with but a failing infrastructure is proof enough. */
function whileOpen(open: Extract<Breaker, { phase: "open" }>, ended: Ended): [Breaker, BreakerNews] {
  if (ended.attempt !== open.canary) return [open, NO_NEWS];
  if (ended.failed === null) {
    const durationMs = millis(Math.max(0, ended.at - open.since));
    return [CLOSED, { type: "closed", cause: open.cause, durationMs, probes: open.probes }];
  }
  const probeMs = millis(Math.max(open.probeMs, Math.min(LONGEST_PROBE, open.probeMs * 2)));
  return [{ ...open, canary: null, probeMs, probeAt: later(ended.at, probeMs) }, NO_NEWS];
}

/** Set while a job for the canary is being looked for, so that only one is sent. */
const ASKED_FOR: AttemptId = attemptId("");

export function withCanaryAsked(breaker: Breaker): Breaker {
  return breaker.phase === "closed" ? breaker : { ...breaker, canary: ASKED_FOR };
}

export function withCanary(breaker: Breaker, attempt: AttemptId): Breaker {
  return breaker.phase === "closed" ? breaker : { ...breaker, canary: attempt, probes: breaker.probes + 1 };
}

/** The canary ended in a way that tells nothing, such as by a stop, or there was no job to send: try again after the same pause. */
export function withoutCanary(breaker: Breaker, now: Instant): Breaker {
  if (breaker.phase === "closed") return breaker;
  return { ...breaker, canary: null, probeAt: later(now, breaker.probeMs) };
}

/** Whether a claim may be made now. */
export type Permit =
  | { next: "claim" }
  /** One claim, for the canary. */
  | { next: "probe" }
  /** `until`: `null` = until the canary has ended. */
  | { next: "wait"; until: Instant | null }
  | { next: "halt"; reason: string };

export function mayClaim(breaker: Breaker, now: Instant, policy: OutagePolicy): Permit {
  if (breaker.phase === "closed") return { next: "claim" };
  if (breaker.canary !== null) return { next: "wait", until: null };
  const deadline = later(breaker.since, policy.patienceMs);
  if (now >= deadline) {
    const minutes = Math.round((now - breaker.since) / 60_000);
    return { next: "halt", reason: `outage: ${breaker.cause} for ${minutes} min (--outage-patience)` };
  }
  if (now >= breaker.probeAt) return { next: "probe" };
  return { next: "wait", until: breaker.probeAt < deadline ? breaker.probeAt : deadline };
}

/** What an ended attempt says of the infrastructure; `null`: nothing, we ended it ourselves. */
export function endedOf(claim: Pick<Claim, "attempt" | "device" | "job">, attempt: Attempt, at: Instant): Ended | null {
  const common = { attempt: claim.attempt, at, device: claim.device ?? claim.job.account };
  if (attempt.phase === "posted") return { ...common, failed: null };
  if (attempt.phase !== "failed" && attempt.phase !== "unconfirmed") return null;
  const { category, cause, rateLimited } = attempt.failure;
  if (rateLimited || category === "setup") return null; // slowed down, or halting: both have a rule of their own
  if (category === "infrastructure") return { ...common, failed: cause };
  // not known to be like any other; yet no proof that all is well
  return { ...common, failed: category === "unknown" ? `unknown ${claim.attempt}` : null };
}

/** An attempt that ended while an outage is open costs its job nothing, and is tried again in this pass. */
export function forgiven(settlement: Settlement): Settlement {
  const { charge } = settlement;
  if (settlement.attempt.phase !== "failed" || (charge !== "infrastructure" && charge !== "unknown")) return settlement;
  return { ...settlement, charge: null, job: { state: "pending" } };
}
