// Who gets which job when (3-semantics 3.2 (2), 3.6).
import assert from "node:assert/strict";
import { instant, jobId, later, millis } from "../../core/ids.ts";
import {
  account,
  ask,
  attempt,
  begin,
  type Case,
  failure,
  HOUR,
  job,
  LOST,
  lastOf,
  limited,
  MINUTE,
  NOON,
  openRun,
  POSTED,
  publish,
  REJECTED,
  refuses,
  SECOND,
  SLOT,
  STOPPED,
  SUSPENDED,
  settings,
  settle,
  states,
  take,
  takeIn,
  typesOf,
  UNKNOWN_END,
  view,
  type World,
} from "./world.contract.ts";

const of = (name: string) => ({ account: name });
const TOMORROW = instant(Date.UTC(2026, 10, 24));

export function claimCases(that: Case): void {
  that("one job is claimed once, however many ask at once", async ({ one, fixture }) => {
    await begin(one, [job("a")]);
    const other = (await fixture.second()).campaign("one");
    const asks = Array.from({ length: 8 }, (_, i) =>
      (i % 2 ? one : other).claims.claim({ ...SLOT, worker: i }, settings()),
    );
    const answers = await Promise.all(asks);
    assert.equal(answers.filter((a) => a.next === "claimed").length, 1);
    assert.deepEqual(await states(one), { a: "claimed" });
  });

  that("a claim carries all that a worker needs", async ({ one }) => {
    const opened = await begin(one, [job("a", { data: { tag: "x" } })]);
    const claim = await take(one, settings(), { worker: 2, device: "phone-1", asOpaque: false });
    assert.deepEqual(claim.job, job("a", { data: { tag: "x" } }));
    assert.deepEqual([claim.run, claim.pass, claim.worker, claim.device], [opened.run, 1, 2, "phone-1"]);
    assert.deepEqual([claim.media, claim.opaque, claim.startedAt], [null, false, NOON]);
    assert.deepEqual(claim.spent, { infrastructure: 0, unknown: 0, rateLimits: 0 });
    assert.match(claim.attempt, /^[\w.-]+$/);
  });

  that("higher priority goes first, then what came in first", async ({ one }) => {
    await begin(one, [
      job("a", of("a")),
      job("b", of("b")),
      job("c", { ...of("c"), priority: 2 }),
      job("d", { ...of("d"), priority: 2 }),
    ]);
    const order = [await ask(one), await ask(one), await ask(one), await ask(one)];
    assert.deepEqual(order, ["c", "d", "a", "b"]);
  });

  that("within one account the order holds as well", async ({ one }) => {
    await begin(one, [job("a"), job("b", { priority: 1 }), job("c")]);
    const order = [];
    for (let i = 0; i < 3; i++) order.push((await attempt(one, POSTED)).job.id);
    assert.deepEqual(order, ["b", "a", "c"]);
  });

  that("an account has one attempt at a time, over all campaigns and handles", oneAtATime);

  that("the same account name on two platforms is two accounts", async ({ one }) => {
    await begin(one, [job("a"), job("b", { platform: "other" })]);
    assert.deepEqual([await ask(one), await ask(one)], ["a", "b"]);
  });

  that("a device has one attempt at a time, over all campaigns", async ({ one, fixture }) => {
    const two = (await fixture.second()).campaign("two");
    await begin(one, [job("a", of("a"))]);
    await begin(two, [job("b", of("b"))]);
    const phone = { ...SLOT, device: "phone-1" };
    const claim = await take(one, settings(), phone);
    await refuses(two, settings(), phone);
    await settle(one, claim, POSTED);
    assert.equal(await ask(two, settings(), phone), "b");
  });

  that("the fence grows by one with each claim of a job", async ({ one }) => {
    await begin(one, [job("a")]);
    const first = await take(one);
    await settle(one, first, STOPPED);
    const second = await take(one);
    assert.equal(second.fence, first.fence + 1);
    assert.notEqual(second.attempt, first.attempt);
  });

  that("an attempt that is not charged may repeat in the pass, a charged one may not", async ({ one }) => {
    await begin(one, [job("a")]);
    await attempt(one, STOPPED);
    assert.equal((await attempt(one, LOST)).job.id, "a");
    assert.equal(await ask(one), "none");
  });

  limitCases(that);
  timeCases(that);
  scopeCases(that);
}

function limitCases(that: Case): void {
  that("the daily limit defers the account's other jobs to its next local day", async ({ one, events }) => {
    await begin(one, [job("a"), job("b"), job("c"), job("d", of("bert"))], limited(1));
    await attempt(one, POSTED, limited(1), "h1");
    assert.equal(await ask(one, limited(1)), "d");
    assert.deepEqual(await states(one), { a: "success", b: "deferred", c: "deferred", d: "claimed" });
    const { job: b } = await view(one, "b");
    assert.deepEqual([b.wakeAt, b.wakeReason], [TOMORROW, "daily_limit"]);
    assert.deepEqual(
      typesOf(events, "job.deferred").map((e) => "job" in e && e.job),
      ["b", "c"],
    );
    assert.equal(lastOf(events, "job.deferred").until, "2026-11-24T00:00:00.000Z");
  });

  that("deferred jobs become pending when their day comes", async ({ one, setClock }) => {
    await begin(one, [job("a"), job("b")], limited(1));
    await attempt(one, POSTED, limited(1));
    await ask(one, limited(1));
    assert.deepEqual(await one.runs.wake(), { woken: 0, nextAt: TOMORROW });
    setClock(TOMORROW);
    assert.deepEqual(await one.runs.wake(), { woken: 1, nextAt: null });
    assert.equal(await ask(one, limited(1)), "b");
  });

  that("an unconfirmed post keeps its place in the limit", async ({ one }) => {
    await begin(one, [job("a"), job("b")], limited(1));
    await attempt(one, UNKNOWN_END, limited(1));
    assert.equal(await ask(one, limited(1)), "none");
    assert.deepEqual(await states(one), { a: "unconfirmed", b: "deferred" });
  });

  that("a failed attempt takes no place in the limit", async ({ one }) => {
    await begin(one, [job("a"), job("b")], limited(1));
    await attempt(one, REJECTED, limited(1));
    assert.equal(await ask(one, limited(1)), "b");
  });

  that("the limit counts over campaigns and runs", async ({ one, fixture }) => {
    await begin(one, [job("a")], limited(2));
    await attempt(one, POSTED, limited(2));
    await one.runs.finish("all_complete", 0);
    const two = (await fixture.second()).campaign("two");
    await begin(two, [job("b"), job("c")], limited(2));
    await attempt(two, POSTED, limited(2));
    assert.equal(await ask(two, limited(2)), "none");
    assert.deepEqual(await states(two), { b: "success", c: "deferred" });
  });

  that("an account's own limit and zone win over the run's", ownLimitAndZone);

  that("the day goes by the account's zone", async ({ one, setClock }) => {
    const tokyo = settings({
      limits: { daily: 1, minGapMs: millis(0), timezone: "UTC", window: null },
      knownAccounts: [account("anna", { timezone: "Asia/Tokyo" })],
    });
    setClock(instant(Date.UTC(2026, 10, 23, 14, 30)));
    await begin(one, [job("a"), job("b")], tokyo);
    await attempt(one, POSTED, tokyo);
    assert.equal(await ask(one, tokyo), "none");
    assert.equal((await view(one, "b")).job.wakeAt, Date.UTC(2026, 10, 23, 15));
    setClock(instant(Date.UTC(2026, 10, 23, 15)));
    await one.runs.wake();
    assert.equal(await ask(one, tokyo), "b");
  });

  that("a clock set back gives no day twice", async ({ one, setClock }) => {
    await begin(one, [job("a"), job("b")], limited(1));
    setClock(TOMORROW);
    await attempt(one, POSTED, limited(1));
    setClock(NOON);
    assert.equal(await ask(one, limited(1)), "none");
    assert.deepEqual(await states(one), { a: "success", b: "deferred" });
  });

  that("the gap between two posts of an account is waited for", async ({ one, pass }) => {
    const gap = limited(0, MINUTE);
    await begin(one, [job("a"), job("b")], gap);
    await attempt(one, POSTED, gap);
    pass(millis(10 * SECOND));
    const answer = await one.claims.claim(SLOT, gap);
    assert.deepEqual(answer, { next: "wait", until: later(NOON, MINUTE), reason: "min_gap" });
    assert.deepEqual(await one.claims.peek(gap), { next: "wait", until: later(NOON, MINUTE), reason: "min_gap" });
    assert.deepEqual(await states(one), { a: "success", b: "pending" });
    pass(millis(50 * SECOND));
    assert.equal(await ask(one, gap), "b");
  });

  that("a platform that asked to wait is waited for, and not charged", async ({ one, pass }) => {
    await begin(one, [job("a")]);
    const slowDown = failure("infrastructure", "rate_limited", { rateLimited: true, retryAfterMs: millis(20_000) });
    await attempt(one, { phase: "failed", failure: slowDown });
    const answer = await one.claims.claim(SLOT, settings());
    assert.equal(answer.next === "wait" && answer.until, later(NOON, millis(20_000)));
    assert.deepEqual(await states(one), { a: "pending" });
    pass(millis(20_000));
    const again = await take(one);
    assert.deepEqual(again.spent, { infrastructure: 0, unknown: 0, rateLimits: 1 });
  });
}

function timeCases(that: Case): void {
  that("a closed window defers until it opens", async ({ one }) => {
    const window = { from: 20 * 60, to: 22 * 60 };
    const given = settings({ limits: { daily: 0, minGapMs: millis(0), timezone: "UTC", window } });
    await begin(one, [job("a"), job("b")], given);
    assert.equal(await ask(one, given), "none");
    assert.deepEqual(await states(one), { a: "deferred", b: "deferred" });
    const { job: a } = await view(one, "a");
    assert.deepEqual([a.wakeAt, a.wakeReason], [later(NOON, millis(8 * HOUR)), "window"]);
  });

  that("a job that is not due is deferred alone", async ({ one }) => {
    const at = later(NOON, HOUR);
    await begin(one, [job("a", { notBefore: at }), job("b")]);
    assert.equal(await ask(one), "b");
    const { job: a } = await view(one, "a");
    assert.deepEqual([a.state, a.wakeAt, a.wakeReason], ["deferred", at, "not_before"]);
  });

  that("a job whose time is over fails as content, too_late, and is not tried", async ({ one, pass }) => {
    await begin(one, [job("a", { notAfter: later(NOON, HOUR) }), job("b")]);
    pass(millis(HOUR + 1));
    assert.equal(await ask(one), "b");
    const { job: a, attempts } = await view(one, "a");
    assert.deepEqual([a.state, a.category, a.cause, attempts.length], ["failed", "content", "too_late", 0]);
    assert.equal((await one.views.counts()).failed_content, 1);
  });

  that("peek tells the truth and claims nothing", async ({ one }) => {
    await begin(one, [job("a")]);
    assert.deepEqual(await one.claims.peek(settings()), { next: "ready" });
    assert.deepEqual(await states(one), { a: "pending" });
    await take(one);
    assert.deepEqual(await one.claims.peek(settings()), { next: "none" });
  });
}

function scopeCases(that: Case): void {
  that("jobs of a held account are held, not tried", async ({ one, ledger }) => {
    await begin(one, [job("z", of("zoe"))]);
    await attempt(one, SUSPENDED);
    await takeIn(one, [job("a", of("zoe")), job("b")]);
    assert.equal(await ask(one), "b");
    assert.equal(await ask(one), "none");
    assert.deepEqual(await states(one), { z: "failed", a: "held", b: "claimed" });
    assert.equal((await view(one, "a")).job.heldBy, "account");
    assert.equal((await ledger.accounts.list()).find((a) => a.name === "zoe")?.state, "held");
  });

  that("a job without account is not claimed and is nothing to start a pass for", async ({ one }) => {
    await begin(one, [job("a", { account: null })]);
    assert.equal(await ask(one), "none");
    assert.deepEqual(await states(one), { a: "pending" });
    assert.equal((await one.runs.facts(settings().retry, false)).retryable, 0);
    assert.equal(await one.runs.requeue(settings().retry), 0);
  });

  that("jobs without account are dealt in turn and then claimed", async ({ one }) => {
    await begin(
      one,
      ["a", "b", "c"].map((id) => job(id, { account: null })),
    );
    assert.deepEqual(await one.runs.deal([account("anna"), account("bert")]), { dealt: 3, left: 0, accounts: 2 });
    const dealt = await one.views.jobs({}, { limit: 10, after: 0 });
    assert.deepEqual(
      dealt.jobs.map((j) => j.account),
      ["anna", "bert", "anna"],
    );
    assert.deepEqual([await ask(one), await ask(one), await ask(one)], ["a", "b", "none"]);
  });

  that("jobs are dealt within the accounts' room today", async ({ one }) => {
    await begin(
      one,
      ["a", "b", "c"].map((id) => job(id, { account: null })),
      limited(1),
    );
    const report = await one.runs.deal([account("anna"), account("bert")]);
    assert.deepEqual([report.dealt, report.left], [2, 1]);
    assert.equal((await view(one, "c")).job.account, null);
  });

  that("jobs outside --accounts are not claimed and count as out of scope alone", async ({ one }) => {
    await begin(one, [job("a", of("anna")), job("b", of("bert"))], settings({ accounts: ["bert"] }));
    assert.equal(await ask(one), "b");
    assert.equal(await ask(one), "none");
    const counts = await one.views.counts();
    assert.deepEqual([counts.total, counts.claimed, counts.pending, counts.out_of_scope], [1, 1, 0, 1]);
    assert.equal((await one.runs.facts(settings().retry, false)).total, 1);
  });

  that("a later start without --accounts takes all in again", async ({ one }) => {
    await begin(one, [job("a", of("anna")), job("b", of("bert"))], settings({ accounts: ["bert"] }));
    await openRun(one, settings());
    assert.equal((await one.views.counts()).out_of_scope, 0);
    assert.equal((await one.views.job(jobId("a")))?.job.state, "pending");
    assert.equal(await ask(one), "a");
  });

  that("an account bound to a device waits for that device", async ({ one }) => {
    const given = settings({ knownAccounts: [account("anna", { device: "phone-2" })] });
    await begin(one, [job("a")], given);
    assert.equal(await ask(one, given, { ...SLOT, device: "phone-1" }), "none");
    assert.equal(await ask(one, given, { ...SLOT, device: "phone-2" }), "a");
  });
}

async function oneAtATime({ one, fixture }: World): Promise<void> {
  const two = (await fixture.second()).campaign("two");
  await begin(one, [job("a"), job("b")]);
  await begin(two, [job("x"), job("y", { account: "bert" })]);
  const claim = await take(one);
  await refuses(one);
  assert.equal(await ask(two), "y");
  await refuses(two);
  await publish(one, claim);
  await refuses(two);
  await settle(one, claim, POSTED);
  assert.equal(await ask(two), "x");
  await refuses(one);
}

async function ownLimitAndZone({ one }: World): Promise<void> {
  const given = settings({
    limits: { daily: 1, minGapMs: millis(0), timezone: "UTC", window: null },
    knownAccounts: [account("anna", { dailyLimit: 2 }), account("bert", { dailyLimit: 0 })],
  });
  const specs = ["1", "2", "3"].flatMap((n) => [job(`a${n}`), job(`b${n}`, of("bert")), job(`c${n}`, of("carl"))]);
  await begin(one, specs, given);
  for (let posts = 0; posts < 6; posts++) await attempt(one, POSTED, given);
  assert.equal(await ask(one, given), "none");
  const counts = await one.views.counts();
  assert.deepEqual([counts.success, counts.deferred], [6, 3]);
}
