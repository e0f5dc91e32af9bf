// How an attempt is written down and what follows from it (3-semantics 3.1, 3.3, 3.4).
import assert from "node:assert/strict";
import { instant, later, millis } from "../../core/ids.ts";
import {
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
  media,
  NOON,
  nextPass,
  ODD,
  openRun,
  POSTED,
  publish,
  REJECTED,
  ref,
  SLOT,
  STOPPED,
  SUSPENDED,
  settings,
  settle,
  states,
  take,
  view,
  type World,
} from "./world.contract.ts";

const copy = { media: "/media/copy.mp4" };

export function settleCases(that: Case): void {
  that("a posted attempt makes its job a success, with the link", async ({ one, events, pass }) => {
    await begin(one, [job("a")]);
    const claim = await take(one, settings(), { ...SLOT, worker: 2, device: "phone-1" });
    await publish(one, claim);
    pass(millis(1500));
    assert.equal(await settle(one, claim, POSTED), "ok");
    const { job: a, attempts } = await view(one, "a");
    assert.deepEqual([a.state, a.url, a.attempts], ["success", "https://example.test/p/1", 1]);
    assert.deepEqual([attempts[0]?.phase, attempts[0]?.charge, attempts[0]?.endedAt], ["posted", null, NOON + 1500]);
    const { type, job: id, account, attempt, pass: n, worker, device } = lastOf(events, "attempt.finished");
    assert.deepEqual(
      [type, id, account, attempt, n, worker, device],
      ["attempt.finished", "a", "anna", claim.attempt, 1, 2, "phone-1"],
    );
    const { outcome, url, failure, reason, duration_ms } = lastOf(events, "attempt.finished");
    assert.deepEqual([outcome, url, failure, reason, duration_ms], ["posted", a.url, null, null, 1500]);
  });

  that("a post made is kept for ever: also after the run, for every campaign", async ({ one, fixture }) => {
    await begin(one, [job("a")]);
    await attempt(one, POSTED, settings(), "h1");
    await one.runs.finish("all_complete", 0);
    const two = (await fixture.reopen()).campaign("two");
    await begin(two, [job("b", copy)]);
    const claim = await take(two);
    assert.deepEqual(await two.claims.recordMedia(ref(claim), media("h1")), { go: false, reason: "duplicate" });
  });

  that("a poster that posted without asking is recorded as a post made", async ({ one }) => {
    await begin(one, [job("a"), job("b", copy)], limited(1));
    const claim = await take(one, limited(1));
    await one.claims.recordMedia(ref(claim), media("h1"));
    assert.equal(await settle(one, claim, POSTED), "ok");
    assert.equal(await ask(one, limited(1)), "none");
    assert.deepEqual(await states(one), { a: "success", b: "deferred" });
  });

  that("each category spends its own budget", async ({ one }) => {
    await begin(one, [job("a")]);
    await attempt(one, LOST);
    await nextPass(one);
    await attempt(one, ODD);
    await nextPass(one);
    assert.deepEqual((await take(one)).spent, { infrastructure: 1, unknown: 1, rateLimits: 0 });
    const charges = (await view(one, "a")).attempts.map((a) => a.charge);
    assert.deepEqual(charges, ["infrastructure", "unknown", null]);
  });

  that("a failure keeps its evidence and its rule", async ({ one, events }) => {
    await begin(one, [job("a")]);
    const said = failure("infrastructure", "device_offline", {
      rule: "adb-3",
      evidence: { message: "device offline", step: "opening", errno: "ECONNRESET" },
    });
    await attempt(one, { phase: "failed", failure: said });
    const { job: a, attempts } = await view(one, "a");
    const id = attempts[0]?.causeId ?? assert.fail("its failure has no cause");
    assert.deepEqual([attempts[0]?.failure, a.causeId], [said, id]);
    assert.deepEqual([a.category, a.cause, a.message], ["infrastructure", "device_offline", "device offline"]);
    assert.deepEqual(lastOf(events, "attempt.finished").failure, {
      category: "infrastructure",
      cause: "device_offline",
      rule: "adb-3",
      message: "device offline",
      cause_id: id,
    });
  });

  that(
    "past failures come page by page, oldest first, with what they were judged by",
    async ({ one, pass, fixture }) => {
      await begin(one, [job("a"), job("b"), job("c", { account: "bert" })]);
      const ends = [LOST, POSTED, { phase: "unconfirmed" as const, failure: failure("unknown", "odd") }];
      for (const end of ends) {
        await attempt(one, end);
        pass(millis(10));
      }
      const first = await one.views.failures({ limit: 1, after: 0 });
      assert.deepEqual(
        first.failures.map((f) => [f.job, f.account, f.phase, f.failure.cause, f.endedAt]),
        [["a", "anna", "failed", "device_offline", NOON]],
      );
      assert.ok(first.next !== null);
      const rest = await one.views.failures({ limit: 9, after: first.next });
      assert.deepEqual(
        rest.failures.map((f) => [f.phase, f.failure.cause]),
        [["unconfirmed", "odd"]],
      );
      assert.equal(rest.next, null);
      const other = (await fixture.reopen()).campaign("two");
      assert.deepEqual(await other.views.failures({ limit: 9, after: 0 }), { failures: [], next: null });
    },
  );

  that("failures are grouped by cause, most first", async ({ one }) => {
    await begin(one, [job("a"), job("b"), job("c", { account: "bert" }), job("d")]);
    for (const end of [REJECTED, LOST, LOST, LOST]) await attempt(one, end);
    const [first, ...others] = await one.views.causes(1);
    assert.deepEqual(
      [first?.category, first?.cause, first?.jobs, first?.accounts, others],
      ["infrastructure", "device_offline", 3, 2, []],
    );
  });

  that("a rate limit that lasts defers, uncharged", async ({ one }) => {
    await begin(one, [job("a")]);
    const slow = failure("infrastructure", "rate_limited", { rateLimited: true, retryAfterMs: millis(HOUR) });
    await attempt(one, { phase: "failed", failure: slow });
    const { job: a } = await view(one, "a");
    assert.deepEqual([a.state, a.wakeAt, a.wakeReason], ["deferred", NOON + HOUR, "rate_limited"]);
  });

  that("a setup failure parks its job: pending, but not in this pass", async ({ one }) => {
    await begin(one, [job("a")]);
    await attempt(one, { phase: "failed", failure: failure("setup", "sdk_missing") });
    assert.deepEqual(await states(one), { a: "pending" });
    assert.equal(await ask(one), "none");
    assert.equal(await nextPass(one), 1);
    assert.equal(await ask(one), "a");
  });

  that("a cancelled attempt gives everything back", async ({ one }) => {
    await begin(one, [job("a")], limited(1));
    const claim = await take(one, limited(1), { ...SLOT, asOpaque: true });
    await one.claims.recordMedia(ref(claim), media("h1"));
    await settle(one, claim, STOPPED);
    const again = await take(one, limited(1));
    assert.deepEqual(again.spent, { infrastructure: 0, unknown: 0, rateLimits: 0 });
    await publish(one, again, limited(1), "h1");
  });

  accountCases(that);

  that("an attempt of another campaign is not this one's to settle", async ({ one, ledger }) => {
    await begin(one, [job("a")]);
    const claim = await take(one);
    const two = ledger.campaign("two");
    await openRun(two);
    await assert.rejects(settle(two, claim, LOST), /campaign two has no attempt/);
    assert.equal(await settle(one, claim, LOST), "ok");
  });
}

function accountCases(that: Case): void {
  that("an account failure holds the account and its open jobs in all campaigns", accountFailure);

  that("a block cools down, whoever held its account meanwhile", async ({ one, ledger, events }) => {
    const anna = { name: "anna", platform: "default" };
    await begin(one, [job("a"), job("b")]);
    const claim = await take(one);
    await ledger.accounts.hold(anna, "olga", "holiday");
    const blocked = failure("account", "action_blocked", { cooldownMs: HOUR });
    assert.equal(await settle(one, claim, { phase: "failed", failure: blocked }), "ok");
    assert.equal(lastOf(events, "account.held").cause, "action_blocked");
    const { hold } = (await ledger.accounts.list())[0] ?? assert.fail("no account");
    assert.deepEqual([hold?.cause, hold?.by, hold?.cooldownUntil], ["action_blocked", "run", later(NOON, HOUR)]);
    assert.match(hold?.reason ?? "", /it says action_blocked.*holiday/);
    const release = await ledger.accounts.release(anna, "olga", false);
    assert.deepEqual(release?.released, false);
    assert.deepEqual(await states(one), { a: "failed", b: "held" });
  });

  that("a blocked action holds its account with a cooldown", async ({ one, ledger, pass, events }) => {
    await begin(one, [job("a")]);
    const blocked = failure("account", "action_blocked", { cooldownMs: HOUR });
    await attempt(one, { phase: "failed", failure: blocked });
    assert.equal(lastOf(events, "account.held").cooldown_until, "2026-11-23T13:00:00.000Z");
    const anna = async () => (await ledger.accounts.list())[0];
    assert.equal((await anna())?.state, "held");
    assert.deepEqual([(await anna())?.hold?.by, (await anna())?.hold?.cooldownUntil], ["run", later(NOON, HOUR)]);
    pass(HOUR);
    assert.equal((await anna())?.state, "ready_for_review");
    assert.equal(await ask(one), "none");
  });
}

async function accountFailure({ one, fixture, ledger, events }: World): Promise<void> {
  const two = (await fixture.second()).campaign("two");
  await begin(one, [
    job("a"),
    job("b"),
    job("late", { notBefore: instant(NOON + HOUR) }),
    job("z", { account: "zoe" }),
  ]);
  await begin(two, [job("c")]);
  await attempt(one, SUSPENDED);
  assert.deepEqual(await states(one), { a: "failed", b: "held", late: "held", z: "pending" });
  assert.deepEqual(await states(two), { c: "held" });
  const held = lastOf(events, "account.held");
  assert.deepEqual([held.account, held.platform, held.cause, held.jobs_held], ["anna", "default", "suspended", 3]);
  const anna = (await ledger.accounts.list()).find((a) => a.name === "anna");
  assert.deepEqual([anna?.state, anna?.hold?.cause, anna?.hold?.by, anna?.held], ["held", "suspended", "run", 3]);
  assert.equal(await ask(two), "none");
  assert.equal((await one.views.counts()).failed_account, 1);
  const facts = await one.runs.facts(settings().retry, false);
  assert.deepEqual([facts.nonRetryable, facts.retryable], [3, 1]);
}
