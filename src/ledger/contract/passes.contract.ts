// Passes of a run: what comes back, what they count, how a run ends (3-semantics 3.2).
import assert from "node:assert/strict";
import { later, millis, passNo } from "../../core/ids.ts";
import {
  account,
  allJobs,
  ask,
  attempt,
  begin,
  type Case,
  failure,
  HOLDER,
  HOUR,
  job,
  LOST,
  lastOf,
  limited,
  MINUTE,
  NOON,
  nextPass,
  ODD,
  openRun,
  POSTED,
  REJECTED,
  STOPPED,
  settings,
  states,
  take,
  takeIn,
  typesOf,
  UNKNOWN_END,
  view,
  type World,
} from "./world.contract.ts";

const retry = settings().retry;
const of = (name: string) => ({ account: name });

export function passCases(that: Case): void {
  that("only what the policy lets be retried comes back, and what was parked or is due", async ({ one, pass }) => {
    const ids = ["lost", "odd", "rejected", "posted", "unsure", "setup", "later"];
    await begin(
      one,
      ids.map((id) => job(id, of(id))).map((j) => (j.id === "later" ? { ...j, notBefore: later(NOON, HOUR) } : j)),
    );
    const setup = { phase: "failed" as const, failure: failure("setup", "sdk_missing") };
    for (const end of [LOST, ODD, REJECTED, POSTED, UNKNOWN_END, setup]) await attempt(one, end);
    assert.equal(await ask(one), "none");
    assert.equal(await one.runs.requeue({ infrastructure: 3, unknown: 0 }), 2);
    assert.deepEqual(await states(one), {
      lost: "pending",
      odd: "failed",
      rejected: "failed",
      posted: "success",
      unsure: "unconfirmed",
      setup: "pending",
      later: "deferred",
    });
    pass(HOUR);
    assert.equal(await one.runs.requeue(retry), 4);
  });

  that("jobs of a held account are not requeued", async ({ one, ledger }) => {
    await begin(one, [job("a")]);
    await attempt(one, LOST);
    await ledger.accounts.hold({ name: "anna", platform: "default" }, "olga", "phone call");
    const facts = await one.runs.facts(retry, false);
    assert.deepEqual([facts.retryable, facts.nonRetryable], [0, 1]);
    assert.equal(await one.runs.requeue(retry), 0);
  });

  that("facts count every job once", async ({ one, pass }) => {
    const ids = ["lost", "odd", "rejected", "posted", "unsure", "open", "held"];
    await begin(
      one,
      ids.map((id) => job(id, of(id))),
    );
    for (const end of [LOST, ODD, REJECTED, POSTED, UNKNOWN_END]) await attempt(one, end);
    await one.desk.hold([job("held").id], "olga", "wait");
    await takeIn(one, [job("later", { ...of("later"), notBefore: later(NOON, HOUR), priority: 1 })]);
    assert.equal((await take(one)).job.id, "open");
    const {
      stopAsked: _,
      halted: __,
      ...want
    } = {
      stopAsked: false,
      halted: false,
      total: 8,
      retryable: 3,
      settling: 0,
      exhausted: 0,
      unconfirmed: 1,
      nonRetryable: 1,
      deferred: 1,
      held: 1,
    };
    const facts = await one.runs.facts(retry, false);
    // the claimed job is in flight: whether it counts as "may still be tried" is nobody's question at the end of a pass
    assert.deepEqual({ ...facts, retryable: 3 }, want);
    pass(HOUR);
    assert.equal((await one.runs.facts({ infrastructure: 0, unknown: 2 }, false)).exhausted, 1);
    assert.equal((await one.runs.facts({ infrastructure: 3, unknown: 0 }, false)).nonRetryable, 2);
  });

  that("stats tell distinct jobs of the pass by their last outcome", async ({ one, pass }) => {
    await begin(one, [job("a"), job("b", of("bert")), job("c", of("carl"))]);
    await attempt(one, STOPPED);
    await attempt(one, {
      phase: "failed",
      failure: failure("infrastructure", "rate_limited", { rateLimited: true, retryAfterMs: MINUTE }),
    });
    pass(MINUTE);
    for (const end of [LOST, POSTED, UNKNOWN_END]) await attempt(one, end);
    const stats = await one.runs.stats(passNo(1));
    assert.deepEqual(stats, {
      jobs_processed: 3,
      success_count: 1,
      failed_account: 0,
      failed_content: 0,
      failed_setup: 0,
      failed_infrastructure: 1,
      failed_unknown: 0,
      unconfirmed: 1,
    });
    await nextPass(one);
    assert.equal((await one.runs.stats(passNo(2))).jobs_processed, 0);
    await attempt(one, POSTED);
    assert.equal((await one.runs.stats(passNo(2))).success_count, 1);
    assert.deepEqual(await one.runs.stats(passNo(1)), stats);
  });

  that("a pass that a crash left open is reopened, not counted again", async ({ one, fixture, events }) => {
    await begin(one, [job("a")]);
    const again = (await fixture.reopen()).campaign("one");
    const opened = await openRun(again);
    assert.deepEqual([opened.pass, opened.isPassOpen], [1, true]);
    assert.equal(await again.runs.openPass(3), 1);
    assert.equal(typesOf(events, "pass.started").length, 1);
    await again.runs.closePass(passNo(1), "retryable_remaining");
    assert.equal((await openRun(again)).isPassOpen, false);
    assert.equal(await again.runs.openPass(3), 2);
  });

  that("a pass is closed together with the deadline of the delay that follows it", async ({ one, fixture }) => {
    await begin(one, [job("a")]);
    await attempt(one, LOST);
    const wait = { until: later(NOON, MINUTE), reason: "settling" } as const;
    await one.runs.closePass(passNo(1), "retryable_remaining", wait);
    const again = (await fixture.reopen()).campaign("one");
    assert.deepEqual((await openRun(again)).wait, wait);
  });

  that("closing a pass writes its summary once", async ({ one, events, pass }) => {
    await begin(one, [job("a")]);
    await attempt(one, LOST);
    pass(millis(2500));
    await one.runs.closePass(passNo(1), "retryable_remaining");
    await one.runs.closePass(passNo(1), "retryable_remaining");
    const [summary, ...more] = typesOf(events, "pass.summary");
    assert.deepEqual(more, []);
    assert.deepEqual(summary, {
      v: 1,
      ts: new Date(NOON + 2500).toISOString(),
      run: (await one.views.run())?.run,
      type: "pass.summary",
      pass: 1,
      result: "retryable_remaining",
      duration_ms: 2500,
      jobs_processed: 1,
      success_count: 0,
      failed_account: 0,
      failed_content: 0,
      failed_setup: 0,
      failed_infrastructure: 1,
      failed_unknown: 0,
      unconfirmed: 0,
    });
  });
}

export function finishCases(that: Case): void {
  that("the last event of a run tells the campaign's counts and the run's history", finishTellsAll);

  that("commands are taken once, by the first who asks", async ({ one, fixture }) => {
    await begin(one, [job("a")]);
    const desk = (await fixture.second()).campaign("one").desk;
    await desk.send("pause", "olga");
    await desk.send("stop", "ivan");
    assert.deepEqual(await one.runs.takeCommands(), [
      { type: "pause", by: "olga" },
      { type: "stop", by: "ivan" },
    ]);
    assert.deepEqual(await one.runs.takeCommands(), []);
    assert.equal((await one.views.run())?.isPaused, true);
    await desk.send("resume", "olga");
    await one.runs.takeCommands();
    assert.equal((await one.views.run())?.isPaused, false);
  });

  that("a stop meant for an earlier start does not stop the next", async ({ one, fixture }) => {
    await begin(one, [job("a")]);
    await one.desk.send("stop", "olga");
    const again = (await fixture.reopen()).campaign("one");
    await openRun(again);
    assert.deepEqual(await again.runs.takeCommands(), []);
  });

  that("a recorded event bears the run and the time", async ({ one, events }) => {
    const { run } = await begin(one, [job("a")]);
    await one.runs.record({ type: "warning", code: "x", message: "y" });
    assert.deepEqual(events.at(-1), {
      v: 1,
      ts: new Date(NOON).toISOString(),
      run,
      type: "warning",
      code: "x",
      message: "y",
    });
  });

  that("the run's view tells how it stands", async ({ one }) => {
    const { run } = await begin(one, [job("a")]);
    await attempt(one, LOST);
    const seen = await one.views.run();
    assert.deepEqual(
      [seen?.run, seen?.isOpen, seen?.pass, seen?.maxPasses, seen?.workers, seen?.attempts, seen?.holder],
      [run, true, 1, 3, 3, 1, HOLDER],
    );
    assert.deepEqual([seen?.startedAt, seen?.endedAt, seen?.isPaused], [NOON, null, false]);
  });

  that("a campaign that was never written is empty", async ({ ledger }) => {
    const { views, runs, looks } = ledger.campaign("nobody");
    assert.equal((await views.counts()).total, 0);
    assert.deepEqual([await views.run(), await views.job(job("a").id), await views.causes(5)], [null, null, []]);
    assert.deepEqual(await views.jobs({}, { limit: 5, after: 0 }), { jobs: [], next: null });
    assert.deepEqual(await views.open({ limit: 5, after: 0 }), { jobs: [], next: null });
    assert.deepEqual([await looks.list(), await runs.takeCommands(), await runs.openAttempts()], [[], [], []]);
  });
}

async function finishTellsAll({ one, events, pass }: World): Promise<void> {
  const given = limited(1);
  await takeIn(one, [job("a"), job("b", of("bert")), job("c", of("carl"))], { accounts: [account("dora")] });
  await openRun(one, given);
  await one.runs.openPass(2);
  pass(millis(1000));
  for (const end of [LOST, POSTED, REJECTED]) await attempt(one, end, given);
  await nextPass(one, given);
  pass(millis(500));
  await attempt(one, LOST, given);
  await one.runs.closePass(passNo(2), "max_passes_reached");
  const finished = await one.runs.finish("max_passes_reached", 5);
  const { v: _, ts: __, run: ___, ...line } = lastOf(events, "run.finished");
  assert.deepEqual(line, finished);
  assert.deepEqual(
    [finished.campaign, finished.total, finished.success, finished.failed, finished.failed_infrastructure],
    ["one", 3, 1, 2, 1],
  );
  assert.deepEqual([finished.attempts, finished.pass_count, finished.pass_history.length], [4, 2, 2]);
  const [first, second] = finished.pass_history;
  assert.deepEqual(
    [first?.pass_number, first?.total_jobs, first?.jobs_processed, first?.result, first?.duration_ms],
    [1, 3, 3, "retryable_remaining", 1000],
  );
  assert.deepEqual([first?.started_at, first?.ended_at], ["2026-11-23T12:00:00.000Z", "2026-11-23T12:00:01.000Z"]);
  assert.deepEqual([second?.total_jobs, second?.jobs_processed, second?.failed_infrastructure], [1, 1, 1]);
  assert.deepEqual((await one.views.run())?.passes, finished.pass_history);
  let attempts = 0;
  for (const { id } of await allJobs(one)) attempts += (await view(one, id)).attempts.length;
  assert.equal(attempts, finished.attempts);
}
