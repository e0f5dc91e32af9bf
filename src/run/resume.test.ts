// A start after a stop or a crash between two passes: what it waits for, and how it counts its passes (3-semantics 3.7).
import assert from "node:assert/strict";
import test from "node:test";
import { type Act, quick, RunRig, type Started } from "../../test/rig/run-rig.ts";
import { later, millis } from "../core/ids.ts";
import type { JobSpec } from "../core/job.ts";
import type { RunSettings } from "../core/settings.ts";
import { HOUR, job, NOON, states, takeIn, typesOf } from "../ledger/contract/world.contract.ts";

const FAIL: Act = "fail device offline";
const UNTIL = later(NOON, millis(5 * 24 * HOUR));
/** Longer than any delay of these tests, shorter than the night. */
const LONG = 2 * HOUR;

async function rigOf(acts: Record<string, Act[]>, specs: readonly JobSpec[]): Promise<RunRig> {
  const rig = new RunRig(acts);
  await takeIn(rig.ledger().campaign("one"), specs);
  return rig;
}

type Given = { daily?: number; maxPasses?: number; until?: RunSettings["until"]; settleMs?: number };
const told = ({ daily = 1, maxPasses = 3, until = UNTIL, settleMs = 0 }: Given = {}): RunSettings =>
  quick({
    limits: { ...quick().limits, daily },
    until,
    settleMs: millis(settleMs),
    passes: { ...quick().passes, maxPasses },
  });

/** A start that somebody stops in its first wait longer than `LONG`. */
async function stoppedInWait(rig: RunRig, given: RunSettings): Promise<void> {
  const done = await rig.start({
    settings: given,
    onControl: (control) => {
      rig.clock.onSleep = (until) => {
        if (until - rig.clock.now() > LONG) control.requestStop("SIGINT", 1);
      };
    },
  });
  rig.clock.onSleep = () => {};
  assert.equal(done.finished.final_result, "interrupted");
}

const reasons = ({ events }: Started) => typesOf(events, "pass.waiting").map((e) => "reason" in e && e.reason);
const resultOf = ({ finished }: Started) => finished.final_result;
const hours = (rig: RunRig) => (rig.clock.now() - NOON) / HOUR;

const WAITS: Record<string, Record<string, Act[]>> = {
  "after a pass with nothing left to retry": {},
  "after a pass whose retry met the limit": { a: [FAIL, "ok"] },
};
for (const [where, acts] of Object.entries(WAITS)) {
  const stopped = async () => {
    const rig = await rigOf(acts, [job("a"), job("b")]);
    await stoppedInWait(rig, told());
    return rig;
  };

  test(`stopped while --until waits, ${where}: a limit that was lifted is not waited for`, async () => {
    const rig = await stopped();
    const done = await rig.start({ settings: told({ daily: 0 }) });
    assert.deepEqual([resultOf(done), reasons(done)], ["all_complete", []]);
    assert.ok(hours(rig) < 1);
  });

  test(`stopped while --until waits, ${where}: without --until the next start does not wait`, async () => {
    const rig = await stopped();
    const done = await rig.start({ settings: told({ until: null }) });
    assert.deepEqual([resultOf(done), reasons(done)], ["deferred", []]);
  });

  test(`stopped while --until waits, ${where}: the same command waits on`, async () => {
    const rig = await stopped();
    const done = await rig.start({ settings: told() });
    assert.deepEqual([resultOf(done), reasons(done)], ["all_complete", ["until"]]);
    assert.ok(hours(rig) >= 12);
  });
}

test("a wait of --until that is over by the next start wakes as one that was waited for: what failed is tried again", async () => {
  const jobs = [job("a", { account: "bert" }), job("b"), job("c", { notBefore: later(NOON, millis(3 * HOUR)) })];
  const rig = await rigOf({ a: [FAIL, "ok"] }, jobs);
  await stoppedInWait(rig, told({ maxPasses: 1 }));
  rig.clock.pass(4 * HOUR);
  const done = await rig.start({ settings: told({ maxPasses: 1 }) });
  assert.deepEqual([resultOf(done), reasons(done), done.finished.pass_count], ["all_complete", ["until"], 3]);
});

test("stopped while a post settles, after a waking of --until: the next start waits for it, and tries what was not out", async () => {
  const jobs = [
    job("a", { account: "bert" }),
    job("b", { media: "/m/same.mp4" }),
    job("c", { media: "/m/same.mp4", notBefore: later(NOON, HOUR) }),
  ];
  const rig = await rigOf({ a: ["lost-after-go", "ok"] }, jobs);
  const given = told({ daily: 0, maxPasses: 1, settleMs: 4 * HOUR });
  await stoppedInWait(rig, given);
  assert.equal(hours(rig), 1);
  const done = await rig.start({ settings: given });
  assert.deepEqual([resultOf(done), hours(rig)], ["all_complete", 4]);
});

test("a crash in a later day's delay: passes are counted on from that day's waking", async () => {
  const rig = await rigOf({ c: [FAIL, FAIL, "ok"] }, [job("a"), job("b"), job("c")]);
  rig.clock.onSleep = (until) => {
    if (until - rig.clock.now() < LONG) throw new Error("crash");
  };
  await assert.rejects(rig.start({ settings: told() }), /crash/);
  rig.clock.onSleep = () => {};
  const done = await rig.start({ settings: told() });
  assert.deepEqual([resultOf(done), done.finished.pass_count], ["all_complete", 5]);
});

const CRASHES: [string, Given, string, object][] = [
  ["its limit has to be waited for", { maxPasses: 1 }, "all_complete", { a: "success", b: "success" }],
  ["its limit is not waited for", { maxPasses: 1, until: null }, "deferred", { a: "success", b: "deferred" }],
  ["its limit was lifted", { maxPasses: 1, daily: 0 }, "all_complete", { a: "success", b: "success" }],
  [
    "its limit was lifted, and no pass is left",
    { maxPasses: 1, daily: 0, until: null },
    "max_passes_reached",
    { a: "success", b: "pending" },
  ],
  [
    "its limit was lifted, and a pass is left",
    { daily: 0, until: null },
    "all_complete",
    { a: "success", b: "success" },
  ],
];
for (const [what, given, result, jobs] of CRASHES) {
  test(`a crash right after the last pass: the job that a limit held back is not forgotten (${what})`, async () => {
    const rig = await rigOf({}, [job("a"), job("b")]);
    const crash = rig.start({
      settings: told({ ...given, daily: 1 }),
      through: (campaign) => ({
        ...campaign,
        runs: {
          ...campaign.runs,
          closePass: async (...pass) => {
            await campaign.runs.closePass(...pass);
            throw new Error("crash");
          },
        },
      }),
    });
    await assert.rejects(crash, /crash/);
    const done = await rig.start({ settings: told(given) });
    assert.deepEqual([resultOf(done), await states(rig.ledger().campaign("one"))], [result, jobs]);
  });
}

test("a stop in what was left of a delay puts nothing back", async () => {
  const rig = await rigOf({ a: [FAIL, "ok"] }, [job("a")]);
  for (let i = 0; i < 2; i++) {
    await rig.start({
      onControl: (control) => {
        rig.clock.onSleep = () => control.requestStop("SIGINT", 1);
      },
    });
    assert.deepEqual(await states(rig.ledger().campaign("one")), { a: "failed" });
  }
});
