// Causes: failures that one thing brought about, counted with the settlement that brings them in.
import assert from "node:assert/strict";
import { causeId, jobId, later } from "../../core/ids.ts";
import type { CauseView } from "../ledger.ts";
import {
  allJobs,
  attempt,
  begin,
  type Case,
  type Ended,
  failure,
  HOUR,
  job,
  LOST,
  lastOf,
  MINUTE,
  NOON,
  nextPass,
  openRun,
  POSTED,
  publish,
  SLOT,
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

/** As a phone that went away is told, each time in other words of its own. */
const gone = (device: string): Ended => ({
  phase: "failed",
  failure: failure("infrastructure", "device_offline", { evidence: { message: `adb: device '${device}' not found` } }),
});
const ODDITY: Ended = {
  phase: "failed",
  failure: failure("unknown", "unmatched", { evidence: { message: "share sheet did not open" } }),
};
const of = (account: string) => ({ account });

/** The one cause there is. */
async function theCause({ one }: Pick<World, "one">): Promise<CauseView> {
  const [first, ...others] = await one.views.causes(5);
  assert.deepEqual(others, []);
  return first ?? assert.fail("no cause");
}

async function fail(w: World, device: string | null, ended: Ended): Promise<void> {
  const claim = await take(w.one, settings(), { ...SLOT, device });
  await settle(w.one, claim, ended, w.now());
}

export function causeCases(that: Case): void {
  that("failures of one cause are one group, whatever phone and account it met", async (w) => {
    await begin(w.one, [job("a"), job("b", of("bert")), job("c", of("carl"))]);
    for (const device of ["R58M12ABC", "emulator-5554", "R58M12ABC"]) {
      w.pass(MINUTE);
      await fail(w, device, gone(device));
    }
    const { id, title, firstAt, lastAt, met, onlyDevice, state, ...counts } = await theCause(w);
    assert.deepEqual([title, state, onlyDevice], ["adb: device <text> not found", "new", null]);
    assert.deepEqual([firstAt, lastAt], [NOON + MINUTE, NOON + 3 * MINUTE]);
    assert.deepEqual(met, { jobs: 3, accounts: 3, devices: 2 });
    const { jobs, unconfirmed, accounts, inRun, failures } = counts;
    assert.deepEqual([jobs, unconfirmed, accounts, inRun, failures], [3, 0, 3, 3, 3]);
    assert.deepEqual(new Set((await allJobs(w.one)).map((j) => j.causeId)), new Set([id]));
    assert.deepEqual(
      (await view(w.one, "b")).attempts.map((a) => a.causeId),
      [id],
    );
  });

  that("each job, account and device counts once for a cause, each failure counts", async (w) => {
    await begin(w.one, [job("a")]);
    for (let i = 0; i < 3; i++) {
      await fail(w, "phone-1", gone("phone-1"));
      await nextPass(w.one);
    }
    const { met, failures, inRun, jobs, onlyDevice } = await theCause(w);
    assert.deepEqual([met, failures, inRun], [{ jobs: 1, accounts: 1, devices: 1 }, 3, 3]);
    assert.deepEqual([jobs, onlyDevice], [0, "phone-1"], "it is pending again, and was met in this run");
  });

  that("causes that jobs stand with come first, unconfirmed ones too", async ({ one }) => {
    await begin(one, [job("a"), job("b", of("bert")), job("c", of("carl"))]);
    await attempt(one, ODDITY);
    await attempt(one, UNKNOWN_END);
    await attempt(one, UNKNOWN_END);
    const causes = await one.views.causes(5);
    assert.deepEqual(
      causes.map((c) => [c.cause, c.jobs, c.unconfirmed, c.accounts]),
      [
        ["attempt_timeout", 0, 2, 2],
        ["unmatched", 1, 0, 1],
      ],
    );
    assert.deepEqual((await one.views.causes(1)).length, 1);
  });

  that("a new cause is told once, with the job that met it", async ({ one, events }) => {
    await begin(one, [job("a"), job("b", of("bert"))]);
    await attempt(one, LOST);
    await attempt(one, LOST);
    const { id } = await theCause({ one });
    const told = typesOf(events, "cause.new", "cause.regressed");
    assert.equal(told.length, 1);
    const { cause_id, category, cause, title, job: met, account } = lastOf(events, "cause.new");
    assert.deepEqual(
      [cause_id, category, cause, title, met, account],
      [id, "infrastructure", "device_offline", "it says device_offline", "a", "anna"],
    );
    assert.equal(lastOf(events, "attempt.finished").failure?.cause_id, id);
  });

  that("a cause seen in an earlier run is known", async ({ one }) => {
    await begin(one, [job("a")]);
    await attempt(one, LOST);
    await one.runs.finish("max_passes_reached", 5);
    assert.equal((await theCause({ one })).state, "new");
    await openRun(one);
    await one.runs.openPass(3);
    assert.deepEqual(await one.views.causes(5), [], "its job is pending again, and this run has not met it");
    await attempt(one, LOST);
    const { state, inRun, failures } = await theCause({ one });
    assert.deepEqual([state, inRun, failures], ["known", 1, 2]);
  });

  that("a cause that comes back after it was resolved is regressed, until it is resolved again", async (w) => {
    const { one, events, now, pass } = w;
    await begin(one, [job("a"), job("b", of("bert")), job("c", of("carl"))]);
    await attempt(one, LOST);
    const { id } = await theCause(w);
    assert.equal(await one.desk.resolveCause(id, "olga", "new cable"), true);
    assert.equal(await one.desk.resolveCause(id, "olga", "again"), false, "it is resolved already");
    const resolved = await theCause(w);
    assert.deepEqual([resolved.state, resolved.resolved], ["resolved", { at: NOON, by: "olga", note: "new cable" }]);
    pass(HOUR);
    await attempt(one, LOST);
    assert.deepEqual([(await theCause(w)).state, (await theCause(w)).resolved], ["regressed", null]);
    assert.equal(lastOf(events, "cause.regressed").cause_id, id);
    await attempt(one, LOST);
    assert.equal(typesOf(events, "cause.regressed").length, 1);
    assert.equal(await one.desk.resolveCause(id, "olga", null), true);
    assert.deepEqual((await theCause(w)).resolved, { at: later(now(), 0 as typeof HOUR), by: "olga", note: null });
    assert.equal(await one.desk.resolveCause(causeId("c0000000"), "olga", null), false);
  });

  that(
    "jobs are found by their cause's id wherever they stand but posted, and by its word while they fail of it",
    async ({ one }) => {
      await begin(one, [job("a"), job("b", of("bert")), job("c", of("carl")), job("d", of("dora"))]);
      for (const ended of [LOST, LOST, LOST, ODDITY]) await attempt(one, ended);
      const id = (await view(one, "a")).job.causeId ?? assert.fail("no cause");
      const list = async (cause: string) =>
        (await one.views.jobs({ cause }, { limit: 9, after: 0 })).jobs.map((j) => j.id as string);
      assert.deepEqual(await list(id), ["a", "b", "c"]);
      assert.deepEqual((await one.desk.hold([jobId("b")], "olga", "wait")).done, ["b"]);
      await nextPass(one);
      await attempt(one, POSTED);
      assert.deepEqual(await states(one), { a: "success", b: "held", c: "pending", d: "pending" });
      assert.deepEqual(await list(id), ["b", "c"]);
      assert.deepEqual(await list("device_offline"), []);
      assert.deepEqual(await list("c0000000"), []);
    },
  );

  that("a cause is shown with its newest failures", async (w) => {
    await begin(w.one, [job("a"), job("b", of("bert"))]);
    await fail(w, "phone-1", gone("phone-1"));
    w.pass(MINUTE);
    await fail(w, "phone-2", gone("phone-2"));
    const { id } = await theCause(w);
    const { cause, samples } = (await w.one.views.cause(id, 1)) ?? assert.fail("no such cause");
    assert.equal(cause.failures, 2);
    assert.deepEqual(
      samples.map((s) => [s.job, s.account, s.device, s.at, s.message]),
      [["b", "bert", "phone-2", w.now(), "adb: device 'phone-2' not found"]],
    );
    assert.equal(await w.one.views.cause(causeId("c0000000"), 1), null);
  });

  that("the book of causes has all of them, newest first, page by page", async ({ one }) => {
    await begin(one, [job("a"), job("b", of("bert")), job("c", of("carl"))]);
    for (const ended of [LOST, ODDITY, UNKNOWN_END]) await attempt(one, ended);
    const first = await one.views.causeBook({ limit: 2, after: null });
    const rest = await one.views.causeBook({ limit: 2, after: first.next ?? assert.fail("there is more") });
    assert.deepEqual(
      [...first.causes, ...rest.causes].map((c) => c.cause),
      ["attempt_timeout", "unmatched", "device_offline"],
    );
    assert.equal(rest.next, null);
  });

  that(
    "what the ledger itself sees has a cause: too late, looked for in vain, reported by another program",
    async (w) => {
      const { one, pass } = w;
      await takeIn(one, [job("old", of("fred"))], { past: { old: { state: "failed", message: "device offline" } } });
      await takeIn(one, [job("late", { notAfter: later(NOON, MINUTE) }), job("lost", of("bert"))]);
      await openRun(one);
      await one.runs.openPass(3);
      pass(HOUR);
      const claim = await take(one);
      await publish(one, claim);
      await settle(one, claim, UNKNOWN_END, w.now());
      await one.looks.record(claim.attempt, "absent", { next: "not_posted" });
      const all = await allJobs(one);
      assert.deepEqual(
        all.map((j) => [j.id, j.state, j.cause, j.causeId !== null]),
        [
          ["old", "failed", "device_offline", true],
          ["late", "failed", "too_late", true],
          ["lost", "failed", "not_posted", true],
        ],
      );
      assert.deepEqual((await one.views.causes(9)).map((c) => [c.cause, c.jobs]).sort(), [
        ["attempt_timeout", 0],
        ["device_offline", 1],
        ["not_posted", 1],
        ["too_late", 1],
      ]);
    },
  );

  that("each campaign keeps its own causes, and a finished run sums them up", async ({ one, ledger }) => {
    await begin(one, [job("a")]);
    await attempt(one, LOST);
    assert.deepEqual(await ledger.campaign("two").views.causes(5), []);
    const { causes } = await one.runs.finish("max_passes_reached", 5);
    const { id, title } = await theCause({ one });
    assert.deepEqual(causes, [
      {
        cause_id: id,
        category: "infrastructure",
        cause: "device_offline",
        title,
        state: "new",
        jobs: 1,
        unconfirmed: 0,
        accounts: 1,
        failures_in_run: 1,
        failures: 1,
        only_device: null,
      },
    ]);
  });
}
