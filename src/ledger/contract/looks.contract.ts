// Settling what nobody knows (3-semantics 3.4, "Verify").
import assert from "node:assert/strict";
import { jobId, later, millis, passNo } from "../../core/ids.ts";
import type { CampaignLedger } from "../ledger.ts";
import {
  ask,
  attempt,
  begin,
  type Case,
  HOUR,
  job,
  lastOf,
  limited,
  MINUTE,
  media,
  NOON,
  nextPass,
  openRun,
  POSTED,
  ref,
  SLOT,
  settings,
  settle,
  states,
  take,
  UNKNOWN_END,
  view,
} from "./world.contract.ts";

async function unconfirmedOne(c: CampaignLedger) {
  const [found, ...more] = await c.looks.list();
  assert.deepEqual(more, []);
  return found ?? assert.fail("nothing is unconfirmed");
}

export function lookCases(that: Case): void {
  that("an unconfirmed job is listed with what a look needs", async ({ one, pass }) => {
    await begin(one, [job("a"), job("b", { account: "bert" })]);
    const claim = await take(one, settings(), { ...SLOT, device: "phone-1" });
    await one.claims.recordMedia(ref(claim), media("h1"));
    pass(millis(5000));
    await one.claims.markPublishing(ref(claim), { baseline: "post-17" }, settings());
    pass(MINUTE);
    await settle(one, claim, UNKNOWN_END);
    await attempt(one, POSTED);
    assert.deepEqual(await one.looks.list(), [
      {
        job: job("a"),
        attempt: claim.attempt,
        pass: 1,
        device: "phone-1",
        intentAt: later(NOON, millis(5000)),
        absentSince: null,
        lookAt: null,
        baseline: "post-17",
      },
    ]);
    assert.deepEqual(await one.looks.list([jobId("b")]), []);
    assert.equal((await one.looks.list([jobId("a"), jobId("b")])).length, 1);
  });

  that("a settling look is remembered over a restart", async ({ one, fixture, events }) => {
    await begin(one, [job("a")]);
    await attempt(one, UNKNOWN_END);
    const { attempt: id } = await unconfirmedOne(one);
    const at = later(NOON, MINUTE);
    await one.looks.record(id, "absent", { next: "settling", at, absentSince: NOON });
    const again = (await fixture.reopen()).campaign("one");
    const { lookAt, absentSince } = await unconfirmedOne(again);
    assert.deepEqual([lookAt, absentSince], [at, NOON]);
    assert.deepEqual(
      [lastOf(events, "job.verified").result, lastOf(events, "job.verified").by],
      ["settling", "verify"],
    );
    assert.equal(lastOf(events, "job.verified").look_again_at, "2026-11-23T12:01:00.000Z");
    assert.equal((await again.runs.facts(settings().retry, true)).settling, 1);
  });

  that("a look that can't tell leaves the job to a person", async ({ one, events }) => {
    await begin(one, [job("a")]);
    await attempt(one, UNKNOWN_END);
    const { attempt: id } = await unconfirmedOne(one);
    await one.looks.record(id, "absent", { next: "settling", at: later(NOON, MINUTE), absentSince: NOON });
    await one.looks.record(id, "cannot_tell", { next: "stays" });
    const { lookAt, absentSince } = await unconfirmedOne(one);
    assert.deepEqual([lookAt, absentSince], [null, null]);
    assert.equal(lastOf(events, "job.verified").result, "cannot_tell");
    const facts = await one.runs.facts(settings().retry, true);
    assert.deepEqual([facts.settling, facts.unconfirmed], [0, 1]);
  });

  that("a look that was missed takes nothing back, is due at the next one, and is not waited for", async (w) => {
    const { one, events } = w;
    await begin(one, [job("a")]);
    await attempt(one, UNKNOWN_END);
    const { attempt: id } = await unconfirmedOne(one);
    const at = later(NOON, MINUTE);
    await one.looks.record(id, "absent", { next: "settling", at, absentSince: NOON });
    await one.looks.missed(id);
    assert.equal((await unconfirmedOne(one)).lookAt, at, "it was not due");
    w.pass(MINUTE);
    const told = events.length;
    await one.looks.missed(id);
    const { lookAt, absentSince } = await unconfirmedOne(one);
    assert.deepEqual([lookAt, absentSince, events.length], [null, NOON, told]);
    const facts = await one.runs.facts(settings().retry, true);
    assert.deepEqual([facts.settling, facts.unconfirmed], [0, 1]);
  });

  that("a post that a later run finds missing costs that run's budget nothing", async ({ one }) => {
    const none = settings({ retry: { infrastructure: 0, unknown: 0 } });
    await begin(one, [job("a")], none);
    await attempt(one, UNKNOWN_END, none);
    await one.runs.finish("unconfirmed_remaining", 6);
    await openRun(one, none);
    const { attempt: id } = await unconfirmedOne(one);
    await one.looks.record(id, "absent", { next: "not_posted" });
    assert.equal((await one.runs.facts(none.retry, true)).retryable, 1);
    assert.equal(await one.runs.requeue(none.retry), 1);
  });

  that("a look missed at a post that is settled meanwhile changes nothing", async ({ one }) => {
    await begin(one, [job("a")]);
    await attempt(one, UNKNOWN_END);
    const { attempt: id } = await unconfirmedOne(one);
    await one.desk.markPosted([jobId("a")], "olga", null);
    await one.looks.missed(id);
    assert.deepEqual(await states(one), { a: "success" });
  });

  that("a post found is a success, and the pass that is still open says so", async ({ one, events }) => {
    await begin(one, [job("a")]);
    await attempt(one, UNKNOWN_END);
    assert.equal((await one.runs.stats(passNo(1))).unconfirmed, 1);
    const { attempt: id } = await unconfirmedOne(one);
    await one.looks.record(id, "posted", { next: "posted" });
    assert.deepEqual(await states(one), { a: "success" });
    const stats = await one.runs.stats(passNo(1));
    assert.deepEqual([stats.jobs_processed, stats.unconfirmed, stats.success_count], [1, 0, 1]);
    assert.equal(lastOf(events, "job.verified").result, "posted");
    assert.deepEqual(await one.looks.list(), []);
  });

  that(
    "a post found missing is a retryable infrastructure failure, charged once, and gives its limit back",
    async (w) => {
      const { one } = w;
      await begin(one, [job("a")], limited(1));
      await attempt(one, UNKNOWN_END, limited(1), "h1");
      const { attempt: id } = await unconfirmedOne(one);
      w.pass(HOUR);
      await one.looks.record(id, "absent", { next: "not_posted" });
      const { job: a, attempts } = await view(one, "a");
      assert.deepEqual([a.state, a.category, attempts[0]?.charge], ["failed", "infrastructure", "infrastructure"]);
      const stats = await one.runs.stats(passNo(1));
      assert.deepEqual([stats.jobs_processed, stats.unconfirmed, stats.failed_infrastructure], [1, 0, 1]);
      assert.equal(lastOf(w.events, "job.verified").result, "not_posted");
      assert.equal(await nextPass(one, limited(1)), 1);
      const claim = await take(one, limited(1));
      assert.equal(claim.spent.infrastructure, 1);
      assert.deepEqual(await one.claims.recordMedia(ref(claim), media("h1")), { go: true });
      assert.deepEqual(await one.claims.markPublishing(ref(claim), { baseline: null }, limited(1)), { go: true });
    },
  );

  that("a look that comes after a person's word changes nothing", async ({ one, fixture }) => {
    await begin(one, [job("a")]);
    await attempt(one, UNKNOWN_END);
    const { attempt: id } = await unconfirmedOne(one);
    await (await fixture.second()).campaign("one").desk.markPosted([jobId("a")], "olga", null);
    await one.looks.record(id, "absent", { next: "not_posted" });
    assert.deepEqual(await states(one), { a: "success" });
    assert.equal(await ask(one), "none");
  });

  that("an unconfirmed job is never requeued nor claimed", async ({ one }) => {
    await begin(one, [job("a")]);
    await attempt(one, UNKNOWN_END);
    assert.equal(await nextPass(one), 0);
    assert.equal(await ask(one), "none");
    await one.runs.finish("unconfirmed_remaining", 6);
    await begin(one, [], settings({ retryAllFailed: true }));
    assert.equal(await ask(one), "none");
    assert.deepEqual(await states(one), { a: "unconfirmed" });
  });

  that("what an earlier run left unconfirmed and a look finds absent is tried again by this run", async ({ one }) => {
    await begin(one, [job("a")]);
    const claim = await attempt(one, UNKNOWN_END);
    await one.runs.closePass(passNo(1), "unconfirmed_remaining");
    await one.runs.finish("unconfirmed_remaining", 6);
    await openRun(one);
    await one.looks.record(claim.attempt, "absent", { next: "not_posted" });
    const { retry } = settings();
    assert.equal((await one.runs.facts(retry, true)).retryable, 1);
    assert.equal(await one.runs.requeue(retry), 1);
    assert.equal(await ask(one), "a");
  });

  that("what settles outside the run's accounts is nothing to wait for", async ({ one }) => {
    await begin(one, [job("a"), job("b", { account: "bert" })]);
    const claim = await attempt(one, UNKNOWN_END);
    await one.looks.record(claim.attempt, "absent", { next: "settling", at: later(NOON, HOUR), absentSince: NOON });
    assert.equal((await one.runs.facts(settings().retry, true)).settling, 1);
    await openRun(one, settings({ accounts: ["bert"] }));
    assert.equal((await one.runs.facts(settings().retry, true)).settling, 0);
  });
}
