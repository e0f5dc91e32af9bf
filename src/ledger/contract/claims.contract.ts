// Who gets which job when (3-semantics 3.2 (2), 3.6).
import assert from "node:assert/strict";
import { jobId, later, millis } from "../../core/ids.ts";
import {
  account,
  ask,
  attempt,
  begin,
  type Case,
  HOUR,
  job,
  LOST,
  lastOf,
  limited,
  NOON,
  openRun,
  POSTED,
  publish,
  refuses,
  SLOT,
  STOPPED,
  SUSPENDED,
  settings,
  settle,
  states,
  take,
  takeIn,
  view,
  type World,
} from "./world.contract.ts";

const of = (name: string) => ({ account: name });

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

  that("a busy device is nothing to wait for without a job for it", async ({ one, fixture }) => {
    const two = (await fixture.second()).campaign("two");
    const phone = { ...SLOT, device: "phone-1" };
    await begin(one, [job("a", of("a"))]);
    await take(one, settings(), phone);
    await begin(two, [job("b", of("b"))]);
    await settle(two, await take(two), POSTED);
    assert.equal(await ask(two, settings(), phone), "none");
    assert.deepEqual(await two.claims.peek(settings(), ["phone-1"]), { next: "none" });
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

  scopeCases(that);
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

  that("a pass tells of the jobs that it could try: those of nobody are none", async ({ one, events }) => {
    await begin(one, [job("a"), job("b", { account: null })]);
    assert.equal(lastOf(events, "pass.started").total_jobs, 1);
  });

  that("today is the campaign's own day, for those who get a job and for those who find no room", async (w) => {
    const { one } = w;
    const limits = { ...limited(1).limits, timezone: "Pacific/Kiritimati" }; // 14 hours ahead of UTC
    const far = settings({ limits });
    await begin(one, [job("a"), job("b", { account: null }), job("c", { account: null })], far);
    await attempt(one, POSTED, far); // two in the morning of the 24th
    w.pass(millis(9 * HOUR)); // 21 UTC: eleven in the morning, the same day there
    assert.equal((await one.runs.deal([account("anna")])).dealt, 0);
    assert.equal((await view(one, "b")).job.wakeAt, later(NOON, millis(22 * HOUR)), "midnight there, not here");
    w.pass(millis(13 * HOUR)); // ten in the morning UTC: the next day there
    assert.equal((await one.runs.deal([account("anna")])).dealt, 1);
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

  that("a job that found no room waits for its day, though its file was corrected meanwhile", async ({ one }) => {
    const takers = [account("anna")];
    await begin(one, [job("a"), job("b", { account: null })], limited(1));
    await one.runs.deal(takers);
    await takeIn(one, [job("b", { account: null, caption: "corrected" })]);
    await openRun(one, limited(1));
    await one.runs.deal(takers);
    assert.equal((await states(one)).b, "deferred");
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
