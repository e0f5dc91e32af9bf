// A run, its passes and budgets, over crashes and restarts (3-semantics 3.2, 3.7).
import assert from "node:assert/strict";
import type { EventLine } from "../../core/events.ts";
import { later, millis, passNo } from "../../core/ids.ts";
import {
  ask,
  attempt,
  begin,
  type Case,
  job,
  LOST,
  lastOf,
  MINUTE,
  NOON,
  nextPass,
  ODD,
  openRun,
  POSTED,
  publish,
  REJECTED,
  STOPPED,
  SUSPENDED,
  settings,
  settle,
  states,
  take,
  takeIn,
  UNKNOWN_END,
  type World,
} from "./world.contract.ts";

const of = (name: string) => ({ account: name });
const NONE = { infrastructure: 0, unknown: 0, rateLimits: 0 };

export function runCases(that: Case): void {
  that("what happened in a campaign is told again, in pages, as it was told then", async ({ ledger, one, events }) => {
    await takeIn(one, [job("a")]);
    await openRun(one);
    await one.runs.openPass(3);
    const two = ledger.campaign("two");
    await takeIn(two, [job("b")]);
    await openRun(two);
    const told: EventLine[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const page: Awaited<ReturnType<typeof one.views.events>> = await one.views.events({ limit: 1, after });
      told.push(...page.events);
      after = page.next;
    }
    const { run } = lastOf(events, "pass.started");
    assert.deepEqual(
      told,
      events.filter((line) => line.run === run),
    );
    assert.deepEqual(
      told.map((line) => line.type),
      ["run.started", "pass.started"],
    );
  });

  that("a first start opens a run", async ({ one, events }) => {
    await takeIn(one, [job("a")]);
    const opened = await openRun(one);
    assert.deepEqual(
      [opened.resumed, opened.pass, opened.isPassOpen, opened.wait, opened.base, opened.before],
      [false, 0, false, null, 0, null],
    );
    assert.deepEqual([lastOf(events, "run.started").campaign, lastOf(events, "run.started").total], ["one", 1]);
    assert.equal(lastOf(events, "run.started").run, opened.run);
    assert.equal(await one.runs.openPass(3), 1);
    assert.deepEqual(
      [
        lastOf(events, "pass.started").pass,
        lastOf(events, "pass.started").max_passes,
        lastOf(events, "pass.started").total_jobs,
      ],
      [1, 3, 1],
    );
  });

  that("kill -9 and run again: same run, same pass, same budgets", crashAndResume);
  that("a crash leaves its attempts to be settled, none lost and none twice", crashWithAttempts);

  that("the delay's deadline outlives a crash and ends when told", async ({ one, fixture, pass }) => {
    await begin(one, [job("a")]);
    const wait = { until: later(NOON, MINUTE), reason: "until" } as const;
    await one.runs.setDelay(wait);
    await one.runs.countFrom(passNo(2));
    pass(millis(20_000));
    const again = (await fixture.reopen()).campaign("one");
    assert.equal((await again.views.run())?.delayUntil, NOON + MINUTE);
    const opened = await openRun(again);
    assert.deepEqual([opened.wait, opened.base], [wait, 2]);
    await again.runs.setDelay(null);
    assert.equal((await openRun(again)).wait, null);
  });

  that("--accounts binds what comes in while it runs, also of jobs whose account changes", async ({ one, fixture }) => {
    const anna = settings({ accounts: ["anna"] });
    await begin(one, [job("a"), job("moved"), job("left", of("bert"))], anna);
    const other = (await fixture.second()).campaign("one");
    await takeIn(other, [
      job("b", of("bert")),
      job("moved", of("bert")),
      job("left", { ...of("bert"), caption: "new" }),
    ]);
    assert.deepEqual([await ask(one, anna), await ask(one, anna)], ["a", "none"]);
    assert.equal((await one.views.counts()).total, 1);
    await openRun(one);
    assert.equal((await one.views.counts()).total, 4);
  });

  that("what a start takes up again is of its --accounts alone", async ({ one, fixture }) => {
    const past = { old: { state: "failed" as const, message: "connection reset" } };
    await takeIn(one, [job("a"), job("b", of("bert")), job("old", of("bert"))], { past });
    await openRun(one);
    await one.runs.openPass(3);
    await attempt(one, LOST);
    await attempt(one, LOST);
    await one.runs.finish("retries_exhausted", 5);
    const failed = await states(one);
    assert.deepEqual(failed, { a: "failed", b: "failed", old: "failed" });
    await openRun(one, settings({ accounts: ["anna"], retryAllFailed: true }));
    assert.deepEqual(await states(one), { ...failed, a: "pending" });
    // a restart that says it anew as well
    await one.runs.finish("interrupted", 130);
    await openRun(one, settings({ accounts: ["anna"] }));
    await openRun((await fixture.reopen()).campaign("one"), settings({ accounts: ["anna"], retryAllFailed: true }));
    assert.deepEqual(await states(one), { ...failed, a: "pending" });
  });

  that(
    "--retry-all-failed said anew on a resumed run tries failed jobs again; said again it gives no budget back",
    async ({ one, fixture }) => {
      await begin(one, [job("a"), job("b", { account: "bert" })]);
      await attempt(one, LOST);
      await attempt(one, REJECTED);
      const failed = await states(one);
      assert.deepEqual(failed, { a: "failed", b: "failed" });
      const anew = settings({ retryAllFailed: true });
      const again = (await fixture.reopen()).campaign("one");
      await openRun(again, anew);
      assert.deepEqual(await states(again), { a: "pending", b: "failed" });
      const claim = await take(again, anew);
      assert.equal(claim.spent.infrastructure, 0);
      await settle(again, claim, LOST);
      const restarted = (await fixture.reopen()).campaign("one");
      await openRun(restarted, anew);
      assert.deepEqual(await states(restarted), { a: "failed", b: "failed" });
    },
  );

  that("new settings win over those of the earlier start, which are told", async ({ one, fixture }) => {
    await begin(one, [job("a")], settings({ workers: 3 }));
    const again = (await fixture.reopen()).campaign("one");
    const opened = await openRun(again, settings({ workers: 5 }));
    assert.equal(opened.before?.workers, 3);
    assert.equal((await openRun(again)).before?.workers, 5);
  });

  that("what the last run was told can be read by whoever settles it", async ({ one, fixture }) => {
    assert.equal(await one.runs.settings(), null);
    await begin(one, [job("a")], settings({ workers: 3 }));
    const two = (await fixture.second()).campaign("two");
    await begin(two, [job("b")], settings({ workers: 7 }));
    assert.equal((await two.runs.settings())?.workers, 7);
    assert.equal((await (await fixture.second()).campaign("one").runs.settings())?.workers, 3);
  });

  for (const result of ["halted", "interrupted"] as const) {
    that(`a run that is ${result} goes on at the next start`, async ({ one, events, pass }) => {
      const { run } = await begin(one, [job("a")]);
      await attempt(one, STOPPED);
      pass(MINUTE);
      const finished = await one.runs.finish(result, 7);
      assert.deepEqual([finished.final_result, finished.exit_code, finished.pass_count], [result, 7, 1]);
      const [open] = finished.pass_history;
      assert.deepEqual([open?.result, open?.duration_ms], [result, MINUTE]);
      assert.deepEqual((await one.views.run())?.passes, finished.pass_history);
      const again = await openRun(one);
      assert.deepEqual([again.run, again.resumed, again.pass, again.isPassOpen], [run, true, 1, true]);
      assert.equal(lastOf(events, "run.resumed").pass, 1);
    });
  }

  that("a run with a final result is over: the next start opens another", async ({ one }) => {
    const { run } = await begin(one, [job("a")]);
    await attempt(one, POSTED);
    await one.runs.closePass(passNo(1), "all_complete");
    await one.runs.finish("all_complete", 0);
    const last = await one.views.run();
    assert.deepEqual([last?.isOpen, last?.result, last?.exitCode], [false, "all_complete", 0]);
    const again = await openRun(one);
    assert.equal(again.resumed, false);
    assert.notEqual(again.run, run);
    assert.equal(await one.runs.openPass(3), 1);
  });

  that("two campaigns have runs of their own", async ({ one, ledger }) => {
    const two = ledger.campaign("two");
    const first = await begin(one, [job("a")]);
    const second = await begin(two, [job("b", of("bert"))]);
    assert.notEqual(first.run, second.run);
    assert.equal(await ask(two), "b");
    await two.runs.finish("interrupted", 130);
    assert.equal((await one.views.run())?.isOpen, true);
    assert.equal((await one.views.run())?.result, null);
  });

  newRunCases(that);
}

function newRunCases(that: Case): void {
  that("a new run takes up infrastructure and unknown failures with fresh budgets, nothing else", newRunTakesUp);

  that("a new run takes up nothing of an account that is held", async ({ one, ledger }) => {
    await begin(one, [job("a")]);
    await attempt(one, LOST);
    await one.runs.finish("max_passes_reached", 5);
    await ledger.accounts.hold({ name: "anna", platform: "default" }, "olga", "phone call");
    await openRun(one, settings({ retryAllFailed: true }));
    assert.notEqual((await states(one)).a, "pending");
  });

  that("budgets last over passes and end with the run", async ({ one }) => {
    const thrifty = settings({
      retry: { infrastructure: 1, unknown: 0 },
      passes: { ...settings().passes, maxPasses: 9 },
    });
    await begin(one, [job("a"), job("b", of("bert"))], thrifty);
    await attempt(one, LOST);
    await attempt(one, ODD);
    assert.equal(await nextPass(one, thrifty), 1);
    await attempt(one, LOST);
    const facts = await one.runs.facts(thrifty.retry, false);
    assert.deepEqual([facts.retryable, facts.exhausted, facts.nonRetryable], [0, 1, 1]);
    assert.equal(await nextPass(one, thrifty), 0);
    await one.runs.finish("retries_exhausted", 5);
    await openRun(one, thrifty);
    await one.runs.openPass(9);
    assert.deepEqual((await take(one, thrifty)).spent, NONE);
  });
}

async function crashAndResume({ one, fixture }: World): Promise<void> {
  const { run } = await begin(one, [job("a"), job("b", of("bert"))]);
  await attempt(one, LOST);
  await attempt(one, POSTED);
  await nextPass(one);
  const again = (await fixture.reopen()).campaign("one");
  const opened = await openRun(again);
  assert.deepEqual([opened.run, opened.resumed, opened.pass, opened.isPassOpen], [run, true, 2, true]);
  assert.equal(await again.runs.openPass(3), 2);
  assert.deepEqual((await take(again)).spent, { ...NONE, infrastructure: 1 });
  assert.equal((await again.views.run())?.attempts, 3);
}

async function crashWithAttempts({ one, fixture }: World): Promise<void> {
  await begin(one, [job("a"), job("b", of("bert"))]);
  const before = await take(one);
  const after = await take(one);
  await publish(one, after);
  const again = (await fixture.reopen()).campaign("one");
  await openRun(again);
  assert.deepEqual(await states(again), { a: "claimed", b: "claimed" });
  const open = await again.runs.openAttempts();
  assert.deepEqual(
    open.map((o) => [o.attempt, o.reached]).sort(),
    [
      [before.attempt, "before"],
      [after.attempt, "publishing"],
    ].sort(),
  );
  await settle(again, before, { phase: "cancelled", reason: "own_crash" });
  await settle(again, after, UNKNOWN_END);
  assert.deepEqual(await states(again), { a: "pending", b: "unconfirmed" });
  assert.deepEqual(await again.runs.openAttempts(), []);
  assert.deepEqual([await ask(again), await ask(again)], ["a", "none"]);
}

async function newRunTakesUp({ one }: World): Promise<void> {
  const ends = { lost: LOST, odd: ODD, rejected: REJECTED, banned: SUSPENDED, posted: POSTED, unsure: UNKNOWN_END };
  const past = { old: { state: "failed" as const, message: "connection reset" } };
  await takeIn(
    one,
    Object.keys(ends).map((id) => job(id, of(id))),
  );
  await takeIn(one, [job("old", of("old"))], { past });
  await openRun(one);
  await one.runs.openPass(3);
  for (const end of Object.values(ends)) await attempt(one, end);
  await one.runs.finish("max_passes_reached", 5);
  await openRun(one);
  assert.deepEqual(await states(one), {
    lost: "pending",
    odd: "pending",
    rejected: "failed",
    banned: "failed",
    posted: "success",
    unsure: "unconfirmed",
    old: "failed",
  });
  await one.runs.openPass(3);
  assert.deepEqual((await take(one)).spent, NONE);
  assert.deepEqual((await take(one)).spent, NONE);
}
