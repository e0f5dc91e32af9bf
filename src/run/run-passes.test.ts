import assert from "node:assert/strict";
import test from "node:test";
import { type Act, quick, RunRig, type Started, simulatedPhones } from "../../test/rig/run-rig.ts";
import type { EventType } from "../core/events.ts";
import { later, millis } from "../core/ids.ts";
import type { JobSpec } from "../core/job.ts";
import { account, HOUR, job, lastOf, NOON, states, takeIn, typesOf } from "../ledger/contract/world.contract.ts";
import type { CampaignLedger } from "../ledger/ledger.ts";

async function rigOf(
  acts: Record<string, Act[]>,
  specs: readonly JobSpec[] = [job("a"), job("b", { account: "bert" })],
) {
  const rig = new RunRig(acts);
  await takeIn(rig.ledger().campaign("one"), specs);
  return rig;
}
const of = ({ events }: Started, ...types: EventType[]) => typesOf(events, ...types);
const waits = (started: Started) =>
  of(started, "pass.waiting") as Extract<Started["events"][number], { type: "pass.waiting" }>[];
const FAIL: Act = "fail device offline";

test("a stop in the delay ends the run at once; the next start waits for what is left of it", async () => {
  const rig = await rigOf({ a: [FAIL, "ok"] });
  const stopped = await rig.start({
    onControl: (control) => {
      rig.clock.onSleep = () => {
        rig.clock.pass(10_000);
        control.requestStop("SIGINT", 1);
      };
    },
  });
  rig.clock.onSleep = () => {};
  assert.equal(stopped.finished.final_result, "interrupted");
  assert.equal(rig.clock.now() - NOON, 10_000);
  const next = await rig.start({ settings: quick({ passes: { ...quick().passes, delayMs: millis(999_000) } }) });
  assert.equal(next.finished.final_result, "all_complete");
  assert.deepEqual(
    waits(next).map((w) => [w.pass, w.delay_ms]),
    [[1, 20_000]],
  );
  assert.equal(lastOf(next.events, "run.finished").run, lastOf(stopped.events, "run.finished").run);
  assert.equal(next.finished.pass_count, 2);
});

test("after a crash in the delay the deadline stands, and one that has passed is not waited for again", async () => {
  for (const [away, left] of [
    [10_000, 20_000],
    [90_000, 0],
  ] as const) {
    const rig = await rigOf({ a: [FAIL, "ok"] });
    rig.clock.onSleep = () => {
      throw new Error("crash");
    };
    await assert.rejects(rig.start(), /crash/);
    rig.clock.onSleep = () => {};
    rig.clock.pass(away);
    const next = await rig.start();
    assert.equal(next.finished.final_result, "all_complete");
    assert.equal(waits(next)[0]?.delay_ms, left);
    assert.equal(rig.clock.now() - NOON, Math.max(30_000, away));
  }
});

test("a look that is cut short is made up for at the next start, and the run does not wait for it", async () => {
  const rig = await rigOf({ a: ["lost-after-go", "ok"] });
  rig.stage.answer = () => (rig.stage.looks.length === 1 ? "absent" : null);
  const first = await rig.start({ settings: quick({ settleMs: millis(60_000) }) });
  assert.equal(first.finished.final_result, "unconfirmed_remaining");
  assert.equal(rig.stage.looks.length, 2, "absent, and then cut short");
  assert.match(lastOf(first.events, "warning").message, /^1 unconfirmed post was not looked for/);
  rig.stage.answer = null;
  const next = await rig.start({ settings: quick({ settleMs: millis(60_000) }) });
  assert.equal(rig.stage.looks.length, 3, "the first absent still counts");
  assert.equal(next.finished.final_result, "all_complete");
});

test("an unconfirmed post whose phone is out is due when the phone is back", async () => {
  const rig = await rigOf({ a: ["lost-after-post"] }, [job("a")]);
  rig.stage.answer = () => null;
  const devices = simulatedPhones(rig.clock, ["p1"]);
  const settings = quick({ devices: { provider: "simulated", count: 1 } });
  await rig.start({ devices, settings });
  rig.stage.answer = null;
  const desk = rig.ledger().devices;
  await desk.takeOut({ id: "p1", provider: "simulated" }, { by: "person", cause: "repair", reason: "", until: null });
  const out = await rig.start({ devices: simulatedPhones(rig.clock, ["p1"]), settings });
  assert.deepEqual([out.finished.final_result, rig.stage.looks.length], ["unconfirmed_remaining", 1]);
  assert.deepEqual(of(out, "job.verified"), [], "nobody has to look: nothing was learned");
  await desk.putBack("p1", "person");
  await rig.start({ devices: simulatedPhones(rig.clock, ["p1"]), settings });
  assert.deepEqual(await states(rig.ledger().campaign("one")), { a: "success" });
});

test("a post whose phone is none of the run's any more is looked for neither on another phone nor on none", async () => {
  const rig = await rigOf({ a: ["lost-after-go"] }, [job("a")]);
  const start = (ids: string[]) =>
    rig.start({
      devices: simulatedPhones(rig.clock, ids),
      settings: quick({ devices: { provider: "simulated", count: 1 } }),
    });
  rig.stage.answer = () => "cannot_tell";
  await start(["p1"]);
  assert.deepEqual(rig.stage.lookedOn, ["p1"]);
  rig.stage.answer = () => "absent";
  const moved = await start(["p2"]);
  assert.deepEqual([moved.finished.final_result, rig.stage.lookedOn], ["unconfirmed_remaining", ["p1"]]);
  const { message } = lastOf(moved.events, "warning");
  assert.match(
    message,
    /^1 unconfirmed post was not looked for: made on phone p1, not among the phones here\. .* --devices none$/,
  );
  rig.stage.answer = () => "posted";
  await rig.start(); // `--devices none`: what looks needs no phone
  assert.deepEqual(rig.stage.lookedOn, ["p1", null]);
  assert.deepEqual(await states(rig.ledger().campaign("one")), { a: "success" });
});

test("while only settling jobs are open the run waits for the earliest of them, and then tries again", async () => {
  const rig = await rigOf({ a: ["lost-after-go", "ok"] });
  const done = await rig.start({ settings: quick({ passes: { ...quick().passes, delayMs: millis(1000) } }) });
  assert.equal(done.finished.final_result, "all_complete");
  assert.deepEqual(
    waits(done).map((w) => [w.reason, w.delay_ms]),
    [["settling", 60_000]],
  );
  assert.deepEqual(rig.stage.looks, ["a", "a"]);
  assert.deepEqual(rig.stage.posts.toSorted(), ["a", "b"]);
});

test("what settles as posted in the wait opens no pass", async () => {
  const rig = await rigOf({ a: ["lost-after-post"] });
  let asked = 0;
  rig.stage.answer = () => (asked++ === 0 ? "absent" : "posted");
  const done = await rig.start();
  assert.equal(done.finished.final_result, "all_complete");
  assert.equal(done.finished.pass_count, 1);
});

test("a job that settles while others are retried does not hold the pass up", async () => {
  const rig = await rigOf({ a: ["lost-after-go", "ok"], b: [FAIL, "ok"] });
  const done = await rig.start({ settings: quick({ settleMs: HOUR }) });
  assert.equal(done.finished.final_result, "all_complete");
  assert.deepEqual(
    waits(done).map((w) => w.reason),
    ["delay", "settling"],
  );
});

test("with no pass left the run ends and says from when on a look can settle the rest", async () => {
  const rig = await rigOf({ a: ["lost-after-go"] });
  const done = await rig.start({ settings: quick({ settleMs: HOUR, passes: { ...quick().passes, maxPasses: 1 } }) });
  assert.equal(done.finished.final_result, "unconfirmed_remaining");
  const { message } = lastOf(done.events, "warning");
  assert.ok(message.includes(new Date(NOON + HOUR).toISOString()), message);
  assert.equal(rig.clock.now(), NOON);
});

test("--until keeps the run open over midnight: one post a day, each pass counted from its waking", async () => {
  const days = [1, 2, 3].map((n) => job(`day${n}`));
  const rig = await rigOf({ day2: [FAIL, FAIL, "ok"] }, days);
  const limits = { ...quick().limits, daily: 1 };
  const until = later(NOON, millis(5 * 24 * HOUR));
  const done = await rig.start({ settings: quick({ limits, until, passes: { ...quick().passes, maxPasses: 3 } }) });
  assert.equal(done.finished.final_result, "all_complete");
  assert.deepEqual(rig.stage.posts, ["day1", "day3", "day2"]);
  assert.deepEqual(
    waits(done).map((w) => w.reason),
    ["until", "delay", "until", "delay"],
  );
  assert.equal(done.finished.pass_count, 4);
});

test("--until deals jobs without account anew each day, as their accounts have room again", async () => {
  const nobodys = Array.from({ length: 10 }, (_, i) => job(`j${i}`, { account: null }));
  const rig = await rigOf({}, nobodys);
  const limits = { ...quick().limits, daily: 1 };
  const until = later(NOON, millis(48 * HOUR));
  const knownAccounts = [account("anna"), account("bert")];
  const done = await rig.start({ settings: quick({ limits, until, knownAccounts }) });
  assert.equal(done.finished.final_result, "deferred");
  assert.deepEqual([rig.stage.posts.length, done.finished.deferred], [6, 4]);
  assert.equal(of(done, "job.deferred").length, 8 + 6 + 4, "told once a day of each that is left");
});

test("--until deals what came in without account while the last pass ran", async () => {
  const rig = await rigOf({}, [job("a")]);
  rig.stage.onTry = () => void takeIn(rig.ledger().campaign("one"), [job("new", { account: null })]);
  const settings = quick({ until: later(NOON, HOUR), knownAccounts: [account("bert")] });
  const done = await rig.start({ settings });
  assert.deepEqual([done.finished.final_result, rig.stage.posts], ["all_complete", ["a", "new"]]);
});

test("--until does not wait for what becomes due after it, nor without a limit to wait for", async () => {
  const rig = await rigOf({}, [job("a"), job("later", { account: "bert", notBefore: later(NOON, millis(2 * HOUR)) })]);
  const done = await rig.start({ settings: quick({ until: later(NOON, HOUR) }) });
  assert.equal(done.finished.final_result, "deferred");
  assert.equal(rig.clock.now(), NOON);
  const more = await rig.start({ settings: quick({ until: later(NOON, millis(3 * HOUR)) }) });
  assert.equal(more.finished.final_result, "all_complete");
});

test("a stop while --until waits ends it", async () => {
  const rig = await rigOf({}, [job("a", { notBefore: later(NOON, HOUR) })]);
  const done = await rig.start({
    settings: quick({ until: later(NOON, millis(2 * HOUR)) }),
    onControl: (control) => {
      rig.clock.onSleep = () => control.requestStop("SIGTERM", 1);
    },
  });
  assert.equal(done.finished.final_result, "interrupted");
  assert.equal(rig.clock.now(), NOON);
});

test("a rate limit without a time backs off in the pass, doubling up to five minutes, and the tenth defers", async () => {
  const rig = await rigOf({ a: ["rate 0"] }, [job("a")]);
  const done = await rig.start();
  assert.equal(done.finished.final_result, "deferred");
  assert.equal(done.finished.pass_count, 1);
  assert.equal(rig.stage.tries.length, 10);
  assert.equal(rig.clock.now() - NOON, (30 + 60 + 120 + 240 + 5 * 300) * 1000);
});

test("a stop while the pass waits for a gap between two posts ends it", async () => {
  const rig = await rigOf({}, [job("a"), job("b")]);
  const done = await rig.start({
    settings: quick({ limits: { ...quick().limits, minGapMs: HOUR } }),
    onControl: (control) => {
      rig.clock.onSleep = () => control.requestStop("SIGINT", 1);
    },
  });
  assert.equal(done.finished.final_result, "interrupted");
  assert.deepEqual(rig.stage.posts, ["a"]);
  assert.equal(rig.clock.now(), NOON);
});

test("two slots never work for one account at the same time", async () => {
  const rig = await rigOf({ "*": ["slow 10"] }, [job("a"), job("b"), job("c", { account: "bert" })]);
  await rig.start();
  assert.equal(rig.clock.now() - NOON, 20_000);
  assert.deepEqual(rig.stage.posts.toSorted(), ["a", "b", "c"]);
});

test("an account bound to a phone that is not here is not tried, and the run still ends", async () => {
  const rig = await rigOf({}, [job("a"), job("b", { account: "bert" })]);
  const knownAccounts = [account("anna", { device: "elsewhere" })];
  const done = await rig.start({ settings: quick({ knownAccounts }), devices: simulatedPhones(rig.clock, ["here"]) });
  assert.deepEqual(rig.stage.posts, ["b"]);
  assert.notEqual(done.finished.final_result, "all_complete");
  assert.ok(
    done.finished.pass_history.every((p) => p.jobs_processed > 0),
    JSON.stringify(done.finished.pass_history),
  );
});

test("nothing to do: no_jobs; nobody to post to: no_accounts; all done before: no_jobs", async () => {
  const empty = new RunRig();
  assert.equal((await empty.start()).finished.final_result, "no_jobs");
  const undealt = await rigOf({}, [job("a", { account: null })]);
  assert.equal((await undealt.start()).finished.final_result, "no_accounts");
  const rig = await rigOf({});
  await rig.start();
  assert.equal((await rig.start()).finished.final_result, "no_jobs");
});

test("an earlier look that could not tell is no reason to wait, and a later one settles it", async () => {
  const rig = await rigOf({ a: ["lost-after-post"] });
  rig.stage.answer = () => "cannot_tell";
  const first = await rig.start();
  assert.equal(first.finished.final_result, "unconfirmed_remaining");
  assert.equal(rig.clock.now(), NOON);
  rig.stage.answer = null;
  const second = await rig.start();
  assert.deepEqual(await states(rig.ledger().campaign("one")), { a: "success", b: "success" });
  assert.equal(second.finished.attempts, 0);
});

test("killed between its last pass and its end, a run ends: no pass comes beyond the most", async () => {
  const rig = await rigOf({ a: [FAIL], b: [FAIL] });
  const settings = quick({ passes: { ...quick().passes, maxPasses: 2 } });
  const through = (c: CampaignLedger) => ({
    ...c,
    views: { ...c.views, counts: c.views.counts },
    runs: { ...c.runs, finish: () => Promise.reject(new Error("killed")) },
  });
  await assert.rejects(rig.start({ settings, through }), /killed/);
  const next = await rig.start({ settings });
  assert.deepEqual([next.finished.final_result, next.finished.pass_count], ["max_passes_reached", 2]);
  assert.deepEqual(of(next, "pass.started"), []);
  // told to go on by a start that allows more
  const once = await rigOf({ a: [FAIL, "ok"], b: ["ok"] });
  const one = quick({ passes: { ...quick().passes, maxPasses: 1 } });
  await assert.rejects(once.start({ settings: one, through }), /killed/);
  const more = await once.start({ settings });
  assert.deepEqual([more.finished.final_result, more.finished.pass_count], ["all_complete", 2]);
});
