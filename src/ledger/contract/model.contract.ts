// Any course of events over two campaigns: whatever is asked in whatever order, the laws hold after each step.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Claim } from "../../core/claim.ts";
import type { EventLine } from "../../core/events.ts";
import { jobId, later, millis, passNo } from "../../core/ids.ts";
import { decideSettlement } from "../../core/retry.ts";
import type { CampaignLedger, Ledger } from "../ledger.ts";
import { checkChains, checkEvents, checkLaws, hashOf, JOBS_EACH, NAMES } from "./laws.contract.ts";
import {
  account,
  allJobs,
  type Case,
  type Ended,
  HOUR,
  job,
  LOST,
  media,
  ODD,
  type OpenLedger,
  openRun,
  POSTED,
  REJECTED,
  ref,
  STOPPED,
  SUSPENDED,
  settings,
  settleNoGo,
  takeIn,
  UNKNOWN_END,
  type World,
  withWorld,
} from "./world.contract.ts";

const LIMIT = 3;
const GIVEN = settings({
  limits: { daily: LIMIT, minGapMs: millis(2000), timezone: "UTC", window: null },
  knownAccounts: [account("anna", { timezone: "UTC" }), account("bert", { timezone: "UTC" })],
});
const COURSES = 20;

/** An attempt as the course knows it. `refused`: why it got no go. */
type Live = { campaign: string; claim: Claim; hasMedia: boolean; refused: string | null };
type Step = { deed: string; a: number; b: number };
type Course = { w: World; ledgers: Record<string, Ledger>; live: Live[]; ended: Live[]; events: EventLine[] };

/** Two campaigns with four jobs for each of two accounts; media 0 and 1 of a job's number are shared by both campaigns. */
function specs(campaign: string) {
  return Array.from({ length: JOBS_EACH }, (_, i) =>
    job(`${campaign}-${i}`, {
      account: i % 2 === 0 ? "anna" : "bert",
      media: `/media/${i < 4 ? "shared" : campaign}-${i}.mp4`,
      priority: i % 3,
    }),
  );
}

export function modelCases(that: Case, open: OpenLedger): void {
  that("whatever happens in whatever order, no law is broken", async () => {
    const steps = fc.array(fc.record({ deed: fc.constantFrom(...DRAWN), a: fc.nat(1000), b: fc.nat(1000) }), {
      minLength: 20,
      maxLength: 80,
    });
    const holds = async (course: Step[]) => withWorld(open, (w) => play(w, course));
    await fc.assert(fc.asyncProperty(steps, holds), { numRuns: COURSES });
  });
}

async function play(w: World, steps: readonly Step[]): Promise<void> {
  const course: Course = { w, ledgers: {}, live: [], ended: [], events: w.events };
  const second = await w.fixture.second();
  second.subscribe((line) => course.events.push(line));
  course.ledgers = { one: w.ledger, two: second };
  for (const name of NAMES) {
    await takeIn(of(course, name), specs(name), { accounts: GIVEN.knownAccounts });
    await openRun(of(course, name), GIVEN);
    await of(course, name).runs.openPass(3);
  }
  for (const step of steps) {
    w.pass(millis(1000));
    await DEEDS[step.deed]?.(course, step.a, step.b);
    await checkLaws((name) => of(course, name), w.ledger, LIMIT);
  }
  for (const name of NAMES) await checkChains(of(course, name));
  checkEvents(
    course.events,
    course.ended.map((e) => e.claim),
  );
}

function of({ ledgers }: Course, name: string): CampaignLedger {
  return ledgers[name]?.campaign(name) ?? assert.fail(`no campaign ${name}`);
}
const pick = <T>(from: readonly T[], n: number): T | undefined => from[n % from.length];
const aCampaign = (course: Course, n: number) => of(course, NAMES[n % 2] ?? "one");

// --- what may happen -----------------------------------------------------------------------------------------------

type Deed = (course: Course, a: number, b: number) => Promise<void>;

const claims: Deed = async (course, a, b) => {
  const campaign = NAMES[a % 2] ?? "one";
  const slot = { worker: 1, device: null, asOpaque: b % 2 === 0 };
  const answer = await of(course, campaign).claims.claim(slot, GIVEN);
  if (answer.next === "claimed") course.live.push({ campaign, claim: answer.claim, hasMedia: false, refused: null });
};

const reads: Deed = async (course, a) => {
  const live = pick(course.live, a);
  if (live === undefined) return;
  const answer = await of(course, live.campaign).claims.recordMedia(
    ref(live.claim),
    media(hashOf(live.claim.job.media)),
  );
  live.hasMedia = true;
  live.refused = answer.go ? null : answer.reason;
};

const speaks: Deed = async (course, a) => {
  const live = pick(course.live, a);
  if (live !== undefined) await of(course, live.campaign).claims.spoke(ref(live.claim));
};

const asks: Deed = async (course, a) => {
  const live = pick(course.live, a);
  if (live === undefined || !live.hasMedia || live.refused !== null) return;
  const answer = await of(course, live.campaign).claims.markPublishing(ref(live.claim), { baseline: null }, GIVEN);
  if (!answer.go && answer.reason !== "fenced") live.refused = answer.reason;
};

/** Gets as far as it may in one go. */
const publishes: Deed = async (course, a, b) => {
  const before = course.live.length;
  await claims(course, a, b);
  if (course.live.length === before) return;
  await reads(course, before, b);
  await asks(course, before, b);
};

const ends: Deed = async (course, a, b) => {
  const live = pick(course.live, a);
  if (live === undefined) return;
  const c = of(course, live.campaign);
  if (live.refused !== null) await settleNoGo(c, live.claim, live.refused as Parameters<typeof settleNoGo>[2]);
  else await endBy(course, live, b);
  forget(course, live);
};

/** Ends as an attempt may end that got so far. */
async function endBy({ w, ...course }: Course, live: Live, b: number): Promise<void> {
  const c = of({ w, ...course }, live.campaign);
  const reached = (await c.runs.openAttempts()).find((o) => o.attempt === live.claim.attempt)?.reached;
  assert.ok(reached !== undefined, "a live attempt is not among the open ones");
  const before: Ended[] = [LOST, ODD, REJECTED, STOPPED, SUSPENDED, LOST, LOST];
  const after: Ended[] = [POSTED, UNKNOWN_END, REJECTED, POSTED, UNKNOWN_END];
  const ended = pick(reached === "before" ? before : after, b) ?? STOPPED;
  assert.equal(await c.claims.settle(ref(live.claim), decideSettlement(ended, live.claim.spent, w.now())), "ok");
}

function forget(course: Course, live: Live): void {
  course.live.splice(course.live.indexOf(live), 1);
  course.ended.push(live);
}

const reportsLate: Deed = async (course, a, b) => {
  const old = pick(course.ended, a);
  if (old === undefined) return;
  const ended = pick([LOST, STOPPED, UNKNOWN_END], b) ?? LOST;
  const answer = await of(course, old.campaign).claims.settle(
    ref(old.claim),
    decideSettlement(ended, old.claim.spent, course.w.now()),
  );
  assert.equal(answer, "late");
};

const looks: Deed = async (course, a, b) => {
  const { looks } = aCampaign(course, a);
  const found = pick(await looks.list(), b);
  if (found === undefined) return;
  const at = later(course.w.now(), HOUR);
  const decisions = [
    { next: "posted" as const },
    { next: "not_posted" as const },
    { next: "stays" as const },
    { next: "settling" as const, at, absentSince: null },
  ];
  await looks.record(found.attempt, "absent", pick(decisions, a + b) ?? { next: "stays" });
};

const atTheDesk: Deed = async (course, a, b) => {
  const name = NAMES[a % 2] ?? "one";
  // from the other process
  const { desk, views } = (course.ledgers[NAMES[(a + b) % 2] ?? "one"] as Ledger).campaign(name);
  const id = jobId(`${name}-${b % 8}`);
  const isUnconfirmed = (await views.job(id))?.job.state === "unconfirmed";
  const deeds = [
    () => desk.retry([id], "olga"),
    () => desk.hold([id], "olga", "wait"),
    () => desk.release([id], "olga"),
    () => desk.markNotPosted([id], "olga"),
    // a person who says so of a failed job may break any law
    () => (isUnconfirmed ? desk.markPosted([id], "olga", null) : desk.release([id], "olga")),
  ];
  await pick(deeds, Math.floor(a / 2))?.();
};

const accounts: Deed = async (course, a, b) => {
  const desk = (course.ledgers[NAMES[a % 2] ?? "one"] as Ledger).accounts;
  const who = { name: b % 2 === 0 ? "anna" : "bert", platform: "default" };
  if (Math.floor(b / 2) % 3 === 0) await desk.hold(who, "olga", "wait");
  else await desk.release(who, "olga", true);
};

const nextPasses: Deed = async (course, a) => {
  const c = aCampaign(course, a);
  if (course.live.some((l) => l.campaign === c.name)) return;
  const run = await c.views.run();
  const facts = await c.runs.facts(GIVEN.retry, true);
  const { exhausted, unconfirmed, nonRetryable, deferred, held, retryable } = facts;
  const { success, skipped } = await c.views.counts();
  const sum = exhausted + unconfirmed + nonRetryable + deferred + held + retryable + success + skipped;
  assert.equal(sum, facts.total, "facts count every job once");
  await c.runs.closePass(passNo(run?.pass ?? 0), "retryable_remaining");
  const pending = await c.runs.requeue(GIVEN.retry);
  assert.equal((await c.views.counts()).pending, pending);
  if ((run?.pass ?? 0) >= 3) await endRun(c);
  await c.runs.openPass(3);
};

async function endRun(c: CampaignLedger): Promise<void> {
  const { run } = (await c.views.run()) ?? assert.fail("no run");
  const finished = await c.runs.finish("max_passes_reached", 5);
  let attempts = 0;
  for (const { id } of await allJobs(c))
    attempts += (await c.views.job(id))?.attempts.filter((t) => t.run === run).length ?? 0;
  assert.equal(finished.attempts, attempts);
  await openRun(c, GIVEN);
}

const timePasses: Deed = async ({ w }, a) => w.pass(millis((a % 14) * HOUR));

/** Everything dies; what was in flight is settled by the step it had reached. */
const crashes: Deed = async (course, a) => {
  if (a % 3 !== 0) return;
  for (const name of NAMES) {
    const ledger = await course.w.fixture.reopen();
    ledger.subscribe((line) => course.events.push(line));
    course.ledgers[name] = ledger;
    const c = of(course, name);
    const before = await c.views.run();
    const opened = await openRun(c, GIVEN);
    assert.deepEqual([opened.run, opened.pass, opened.resumed], [before?.run, before?.pass, true]);
    for (const open of await c.runs.openAttempts()) {
      const ended: Ended = open.reached === "before" ? { phase: "cancelled", reason: "own_crash" } : UNKNOWN_END;
      await c.claims.settle(open, decideSettlement(ended, open.spent, course.w.now()));
    }
  }
  course.ended.push(...course.live.splice(0));
};

const DEEDS: Record<string, Deed> = {
  claims,
  reads,
  speaks,
  asks,
  publishes,
  ends,
  reportsLate,
  looks,
  atTheDesk,
  accounts,
  nextPasses,
  timePasses,
  crashes,
};
/** How often each is drawn. */
const DRAWN = [
  "claims",
  "claims",
  "claims",
  "reads",
  "reads",
  "speaks",
  "asks",
  "publishes",
  "publishes",
  "publishes",
  "ends",
  "ends",
  "ends",
  "reportsLate",
  "looks",
  "atTheDesk",
  "atTheDesk",
  "accounts",
  "nextPasses",
  "timePasses",
  "crashes",
];
