// What every case of the ledger's contract stands on: a clock that is set by hand, and short ways to say what happens.
import assert from "node:assert/strict";
import test from "node:test";
import { openCalendar } from "../../calendar/temporal-calendar.ts";
import type { Claim, ClaimRef, KnownMedia } from "../../core/claim.ts";
import type { EventLine, EventType } from "../../core/events.ts";
import type { Category, Failure } from "../../core/failure.ts";
import { type Instant, instant, jobId, later, type Millis, millis } from "../../core/ids.ts";
import { type JobSpec, type JobState, PLAIN_JOB } from "../../core/job.ts";
import type { NoGo } from "../../core/poster-end.ts";
import { afterNoGo, decideSettlement, type Settlement } from "../../core/retry.ts";
import type { AccountSettings, RunSettings } from "../../core/settings.ts";
import type { CampaignLedger, IntakeReport, Ledger, LedgerDeps, OpenedRun, PastOutcome, SlotInfo } from "../ledger.ts";

/** One ledger and the ways to come back to it. */
export type LedgerFixture = {
  ledger: Ledger;
  /** As after kill -9: the same data, a new handle. */
  reopen(): Promise<Ledger>;
  /** Another process's handle on the same data. */
  second(): Promise<Ledger>;
  cleanup(): Promise<void>;
};
export type OpenLedger = (deps: LedgerDeps) => Promise<LedgerFixture>;

/** Monday noon, UTC. */
export const NOON = instant(Date.UTC(2026, 10, 23, 12));
export const HOLDER = { pid: 4711, startTime: "1000", bootId: "boot", host: "desk" };
export const SECOND = millis(1_000);
export const MINUTE = millis(60_000);
export const HOUR = millis(3_600_000);

/** What a case is given. */
export type World = {
  fixture: LedgerFixture;
  ledger: Ledger;
  /** Campaign `one` of the first handle. */
  one: CampaignLedger;
  now(): Instant;
  pass(by: Millis): void;
  setClock(at: Instant): void;
  /** Every event of the first handle so far. */
  events: EventLine[];
  /** Files that the ledger can look at. */
  files: Map<string, KnownMedia>;
};

export type Case = (title: string, body: (w: World) => Promise<void>) => void;

/** Makes the function that registers one case: its own ledger, cleaned up whatever happens. */
export function casesOf(name: string, open: OpenLedger): Case {
  return (title, body) => {
    test(`${name}: ${title}`, async () => {
      await withWorld(open, body);
    });
  };
}

export async function withWorld(open: OpenLedger, body: (w: World) => Promise<void>): Promise<void> {
  let at = NOON;
  const files = new Map<string, KnownMedia>();
  const fixture = await open({
    calendar: openCalendar(),
    now: () => at,
    files: { sizeOf: async (path) => files.get(path)?.size ?? null, read: async (path) => files.get(path) ?? null },
  });
  const events: EventLine[] = [];
  fixture.ledger.subscribe((line) => events.push(line));
  try {
    await body({
      fixture,
      ledger: fixture.ledger,
      one: fixture.ledger.campaign("one"),
      now: () => at,
      pass: (by) => {
        at = later(at, by);
      },
      setClock: (to) => {
        at = to;
      },
      events,
      files,
    });
  } finally {
    await fixture.cleanup();
  }
}

// --- saying what there is -----------------------------------------------------------------------------------------

/** A job of account `anna` with media named after it. */
export function job(id: string, more: Partial<Omit<JobSpec, "id">> = {}): JobSpec {
  return {
    ...PLAIN_JOB,
    id: jobId(id),
    account: "anna",
    media: `/media/${id}.mp4`,
    caption: `caption of ${id}`,
    ...more,
  };
}

export function account(name: string, more: Partial<AccountSettings> = {}): AccountSettings {
  return { name, platform: "default", device: null, timezone: null, dailyLimit: null, window: null, ...more };
}

/** Three passes, no limits, UTC. */
export function settings(more: Partial<RunSettings> = {}): RunSettings {
  return {
    workers: 3,
    staggerMs: millis(0),
    passes: { maxPasses: 3, delayMs: millis(30_000), backoff: 1, delayMaxMs: null, jitter: 0 },
    retry: { infrastructure: 3, unknown: 2 },
    limits: { daily: 0, minGapMs: millis(0), timezone: "UTC", window: null },
    attemptTimeoutMs: millis(600_000),
    settleMs: millis(600_000),
    stopGraceMs: millis(90_000),
    halt: null,
    outage: null,
    poster: { kind: "command", exec: "true", verifyExec: null, silentIs: "unconfirmed" },
    devices: { provider: "none" },
    accounts: null,
    knownAccounts: [],
    seed: 1,
    until: null,
    retryAllFailed: false,
    secrets: [],
    ...more,
  };
}

/** Settings with a daily limit (and a gap) in UTC. */
export function limited(daily: number, minGapMs = 0): RunSettings {
  return settings({ limits: { daily, minGapMs: millis(minGapMs), timezone: "UTC", window: null } });
}

export function media(hash: string): KnownMedia {
  return { size: 10, mtimeMs: 1, hash };
}

export function failure(category: Category, cause: string, more: Partial<Failure> = {}): Failure {
  return {
    category,
    cause,
    rule: "test",
    why: "the test says so",
    rateLimited: false,
    cooldownMs: null,
    retryAfterMs: null,
    evidence: { message: `it says ${cause}` },
    ...more,
  };
}

// --- doing things --------------------------------------------------------------------------------------------------

export async function takeIn(
  c: CampaignLedger,
  specs: readonly JobSpec[],
  more: { accounts?: AccountSettings[]; past?: Record<string, PastOutcome>; dailyLimit?: number } = {},
): Promise<IntakeReport> {
  const tray = await c.intake.open();
  const rows = specs.map((spec, i) => ({ spec, file: "jobs.jsonl", line: i + 1, past: more.past?.[spec.id] ?? null }));
  assert.deepEqual(await tray.add(rows), []);
  return tray.commit(more.accounts ?? [], more.dailyLimit ?? null);
}

export function openRun(c: CampaignLedger, given: RunSettings = settings()): Promise<OpenedRun> {
  return c.runs.open({ settings: given, holder: HOLDER, simulated: false });
}

/** Jobs taken in, a run and its first pass open. */
export async function begin(c: CampaignLedger, specs: readonly JobSpec[], given: RunSettings = settings()) {
  await takeIn(c, specs);
  const run = await openRun(c, given);
  await c.runs.openPass(given.passes.maxPasses);
  return run;
}

export type Slot = SlotInfo;
export const SLOT: Slot = { worker: 1, device: null, asOpaque: false };

/** The next job; fails when there is none. */
export async function take(c: CampaignLedger, given: RunSettings = settings(), slot: Slot = SLOT): Promise<Claim> {
  const answer = await c.claims.claim(slot, given);
  if (answer.next !== "claimed") assert.fail(`nothing to claim: ${JSON.stringify(answer)}`);
  return answer.claim;
}

/** Tells what a claim is answered: the job's id, or why none. */
export async function ask(c: CampaignLedger, given: RunSettings = settings(), slot: Slot = SLOT): Promise<string> {
  const answer = await c.claims.claim(slot, given);
  return answer.next === "claimed" ? answer.claim.job.id : answer.next;
}

/** No job is given out: none is free, or an account or a device is busy elsewhere and worth asking for again. */
export async function refuses(c: CampaignLedger, given: RunSettings = settings(), slot: Slot = SLOT): Promise<void> {
  const answer = await ask(c, given, slot);
  assert.ok(answer === "none" || answer === "wait", `gave out ${answer}`);
}

/** Past the point of no return; the media's hash is `hash`, or named after the job's media. */
export async function publish(c: CampaignLedger, claim: Claim, given: RunSettings = settings(), hash?: string) {
  assert.deepEqual(await c.claims.recordMedia(claim, media(hash ?? `h:${claim.job.media}`)), { go: true });
  assert.deepEqual(await c.claims.markPublishing(claim, { baseline: null }, given), { go: true });
}

export type Ended = Settlement["attempt"];
export const POSTED: Ended = { phase: "posted", url: "https://example.test/p/1" };
export const STOPPED: Ended = { phase: "cancelled", reason: "stopped" };
export const LOST: Ended = { phase: "failed", failure: failure("infrastructure", "device_offline") };
export const ODD: Ended = { phase: "failed", failure: failure("unknown", "unclassified") };
export const UNKNOWN_END: Ended = { phase: "unconfirmed", failure: failure("infrastructure", "attempt_timeout") };
export const SUSPENDED: Ended = { phase: "failed", failure: failure("account", "suspended") };
export const REJECTED: Ended = { phase: "failed", failure: failure("content", "rejected") };

/** Ends an attempt as the policy says; `at` is now. */
export function settle(c: CampaignLedger, claim: Claim, ended: Ended, at: Instant = NOON): Promise<"ok" | "late"> {
  return c.claims.settle(ref(claim), decideSettlement(ended, claim.spent, at));
}

/** Ends an attempt whose intent was refused. */
export function settleNoGo(c: CampaignLedger, claim: Claim, noGo: NoGo): Promise<"ok" | "late"> {
  const attempt: Ended = { phase: "cancelled", reason: "no_go" };
  return c.claims.settle(ref(claim), { attempt, job: afterNoGo(noGo), charge: null, hold: null });
}

export const ref = ({ attempt, fence }: Claim): ClaimRef => ({ attempt, fence });

/** A whole attempt: claimed, published and ended. */
export async function attempt(c: CampaignLedger, ended: Ended, given: RunSettings = settings(), hash?: string) {
  const claim = await take(c, given);
  if (ended.phase !== "failed") await publish(c, claim, given, hash);
  assert.equal(await settle(c, claim, ended), "ok");
  return claim;
}

/** Ends the pass and lets the policy bring jobs back; opens the next. */
export async function nextPass(c: CampaignLedger, given: RunSettings = settings()): Promise<number> {
  const run = await c.views.run();
  await c.runs.closePass(run?.pass as Parameters<typeof c.runs.closePass>[0], "retryable_remaining");
  const pending = await c.runs.requeue(given.retry);
  await c.runs.openPass(given.passes.maxPasses);
  return pending;
}

// --- seeing what is ------------------------------------------------------------------------------------------------

/** Every job's state by id. */
export async function states(c: CampaignLedger): Promise<Record<string, JobState>> {
  const all = await allJobs(c);
  return Object.fromEntries(all.map((j) => [j.id, j.state]));
}

export async function allJobs(c: CampaignLedger) {
  const all = [];
  for (let after = 0; ; ) {
    const page = await c.views.jobs({}, { limit: 3, after });
    all.push(...page.jobs);
    if (page.next === null) return all;
    after = page.next;
  }
}

export async function view(c: CampaignLedger, id: string) {
  const found = await c.views.job(jobId(id));
  if (found === null) assert.fail(`no job ${id}`);
  return found;
}

export function typesOf(events: readonly EventLine[], ...types: EventType[]): EventLine[] {
  return events.filter((e) => types.includes(e.type));
}

/** The last event of a type, as far as its own fields go. */
export function lastOf<T extends EventType>(events: readonly EventLine[], type: T): Extract<EventLine, { type: T }> {
  const found = events.findLast((e) => e.type === type);
  if (found === undefined) assert.fail(`no event ${type} among ${events.map((e) => e.type).join(", ")}`);
  return found as Extract<EventLine, { type: T }>;
}
