// What holds an account back, and when (3-semantics 3.6).
import assert from "node:assert/strict";
import { instant, later, millis } from "../../core/ids.ts";
import type { RunSettings } from "../../core/settings.ts";
import type { CampaignLedger } from "../ledger.ts";
import {
  account,
  ask,
  attempt,
  begin,
  type Case,
  failure,
  HOUR,
  job,
  lastOf,
  limited,
  MINUTE,
  NOON,
  POSTED,
  publish,
  REJECTED,
  SECOND,
  SLOT,
  settings,
  settle,
  states,
  take,
  typesOf,
  UNKNOWN_END,
  view,
  type World,
} from "./world.contract.ts";

const of = (name: string) => ({ account: name });

/** One post, while whose upload something happens. */
async function postDuring(c: CampaignLedger, given: RunSettings, what: () => void): Promise<void> {
  const claim = await take(c, given);
  await publish(c, claim, given);
  what();
  await settle(c, claim, POSTED);
}
const TOMORROW = instant(Date.UTC(2026, 10, 24));

export function limitCases(that: Case): void {
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

  that("a duplicate is skipped at once: a gap is not waited for on its account", async ({ one }) => {
    const poster = { kind: "simulated", scenarioFile: null, seed: 1 } as const;
    const given = { ...limited(0, 60_000), poster };
    await begin(one, [job("a"), job("b", { media: job("a").media })], given);
    await attempt(one, POSTED, given);
    assert.deepEqual(await one.claims.peek(given), { next: "none" });
    assert.deepEqual(await states(one), { a: "success", b: "skipped" });
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

  that("a post that was not made holds no day: with the clock set back, the day that it shows is full", async (w) => {
    const { one, setClock } = w;
    await begin(one, [job("a"), job("b"), job("c")], limited(1));
    await attempt(one, POSTED, limited(1));
    setClock(TOMORROW);
    const claim = await take(one, limited(1));
    await publish(one, claim, limited(1));
    await settle(one, claim, REJECTED);
    setClock(NOON);
    assert.equal(await ask(one, limited(1)), "none");
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

  that("the gap begins with the post, not with its intent", async ({ one, pass }) => {
    const gap = limited(0, MINUTE);
    await begin(one, [job("a"), job("b")], gap);
    await postDuring(one, gap, () => pass(millis(20 * SECOND)));
    const until = later(NOON, millis(80 * SECOND));
    assert.deepEqual(await one.claims.claim(SLOT, gap), { next: "wait", until, reason: "min_gap" });
  });

  that("a clock set back while a post is made does not shorten the gap", async ({ one, setClock }) => {
    const gap = limited(0, MINUTE);
    await begin(one, [job("a"), job("b")], gap);
    await postDuring(one, gap, () => setClock(later(NOON, millis(-HOUR))));
    setClock(later(NOON, millis(30 * SECOND)));
    const until = later(NOON, MINUTE);
    assert.deepEqual(await one.claims.claim(SLOT, gap), { next: "wait", until, reason: "min_gap" });
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

export function timeCases(that: Case): void {
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
