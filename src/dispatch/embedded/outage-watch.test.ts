// Outages in whole runs: the real loop and dispatch, hours in a moment.
import assert from "node:assert/strict";
import test from "node:test";
import { type Act, quick, RunRig, type Started, simulatedPhones } from "../../../test/rig/run-rig.ts";
import { type Instant, later, minutes, seconds } from "../../core/ids.ts";
import type { JobSpec } from "../../core/job.ts";
import type { RunSettings } from "../../core/settings.ts";
import { job, NOON, takeIn } from "../../ledger/contract/world.contract.ts";

const OUTAGE = { probeMs: seconds(30), patienceMs: minutes(30) };
const DOWN: Act = "fail HTTP 503 from the provider: service unavailable";

const TEN = { provider: "simulated", count: 10 } as const;
const IDS = Array.from({ length: 10 }, (_, i) => `phone-${i + 1}`);
const phones = ({ clock }: RunRig) => simulatedPhones(clock, IDS);

const many = (n: number, accounts: number): JobSpec[] =>
  Array.from({ length: n }, (_, i) => job(`j${i + 1}`, { account: `a${i % accounts}` }));

/** Posts take 60 to 90 seconds, as on phones. Those that begin between `from` and `to` seconds after noon fail alike. */
async function play(down: { from: number; to: number } | null, more: Partial<RunSettings> & { jobs?: number } = {}) {
  const jobs = many(more.jobs ?? 500, 50);
  const rig = new RunRig(Object.fromEntries(jobs.map((j, i): [string, Act[]] => [j.id, [`slow ${60 + (i % 31)}`]])));
  const isDown = (at: Instant) =>
    down !== null && at >= later(NOON, seconds(down.from)) && at < later(NOON, seconds(down.to));
  rig.stage.weather = (at) => (isDown(at) ? DOWN : null);
  await takeIn(rig.ledger().campaign("one"), jobs);
  const run = await rig.start({
    devices: phones(rig),
    settings: quick({ workers: 10, devices: TEN, outage: OUTAGE, ...more }),
  });
  return { ...run, rig, took: (rig.clock.now() - NOON) / 1000 };
}
const told = ({ events }: Started, type: string) => events.filter((e) => e.type === type);

test("ten minutes of outage in a run of 500: nothing is lost, nothing charged, hardly an attempt more", async () => {
  const calm = await play(null);
  const stormy = await play({ from: 1200, to: 1800 });
  assert.deepEqual([calm.finished.success, stormy.finished.success], [500, 500]);
  assert.equal(calm.finished.attempts, 500);
  assert.ok(stormy.finished.attempts <= 510, `${stormy.finished.attempts} attempts: at most 2 % more`);
  assert.ok(stormy.took - calm.took < 900, "it takes the outage longer, and the pause before the canary that ends it");
  assert.equal(stormy.finished.pass_count, 1, "the jobs of the outage go on in the same pass");
  assert.equal(stormy.finished.pass_history[0]?.failed_infrastructure, 0);
  assert.deepEqual(told(calm, "outage.opened"), []);
  const [opened] = told(stormy, "outage.opened");
  assert.ok(opened?.type === "outage.opened");
  assert.equal(opened.devices, 5);
  const [closed] = told(stormy, "outage.closed");
  assert.ok(closed?.type === "outage.closed" && closed.probes <= 6);
  const { jobs } = await stormy.rig.ledger().campaign("one").views.jobs({}, { limit: 1000, after: 0 });
  for (const { id } of jobs.filter((j) => j.attempts > 1)) {
    const seen = await stormy.rig.ledger().campaign("one").views.job(id);
    assert.deepEqual(
      seen?.attempts.map((a) => a.charge),
      seen?.attempts.map(() => null),
      `${id} paid nothing`,
    );
  }
});

test("an outage that outlives its patience halts the run; the next start brings it home", async () => {
  const { finished, rig, took } = await play({ from: 0, to: 3000 }, { jobs: 30 });
  assert.equal(finished.final_result, "halted");
  assert.ok(took >= 1800 && took < 2400, `halted after ${took} s`);
  assert.equal(finished.pending, 30, "nothing is burnt");
  rig.clock.pass(3_000_000);
  const again = await rig.start({
    devices: phones(rig),
    settings: quick({ workers: 10, devices: TEN, outage: OUTAGE }),
  });
  assert.deepEqual(
    [again.finished.final_result, again.finished.success, again.finished.pass_count],
    ["all_complete", 30, 1],
  );
});

test("a stop in an outage ends the run at once", async () => {
  const rig = new RunRig({ "*": [DOWN] });
  await takeIn(rig.ledger().campaign("one"), many(30, 30));
  const started = rig.start({
    devices: phones(rig),
    settings: quick({ workers: 10, devices: TEN, outage: OUTAGE }),
    onControl: (control) => {
      rig.clock.onSleep = (until) => {
        if (until > rig.clock.now() + 20_000) control.requestStop("SIGINT", 1);
      };
    },
  });
  assert.equal((await started).finished.final_result, "interrupted");
});

test("off, an outage burns what it meets", async () => {
  const { finished, events } = await play({ from: 0, to: 100_000 }, { jobs: 30, outage: null });
  assert.deepEqual([finished.final_result, finished.failed_infrastructure], ["max_passes_reached", 30]);
  assert.deepEqual(
    events.filter((e) => e.type.startsWith("outage")),
    [],
  );
});

test("an opening that can't be written ends the run as any lost write does", async () => {
  const rig = new RunRig({ "*": [DOWN] });
  await takeIn(rig.ledger().campaign("one"), many(30, 30));
  const failing = rig.start({
    devices: phones(rig),
    settings: quick({ workers: 10, devices: TEN, outage: OUTAGE }),
    through: (c) => ({ ...c, runs: { ...c.runs, uncharge: () => Promise.reject(new Error("disk full")) } }),
  });
  await assert.rejects(failing, /disk full/);
  rig.stage.acts["*"] = ["ok"];
  const again = await rig.start({
    devices: phones(rig),
    settings: quick({ workers: 10, devices: TEN, outage: OUTAGE, retry: { infrastructure: 3, unknown: 2 } }),
  });
  assert.equal(again.finished.success, 30);
});

test("where accounts stand for phones, so many of them failing alike is an outage", async () => {
  const rig = new RunRig({});
  rig.stage.weather = (at) => (at < later(NOON, minutes(2)) ? DOWN : null);
  await takeIn(rig.ledger().campaign("one"), many(12, 6));
  const run = await rig.start({ settings: quick({ workers: 6, outage: OUTAGE }) });
  assert.equal(told(run, "outage.opened").length, 1);
  assert.equal(run.finished.success, 12);
});
