// Bad phones in whole runs: the real loop and dispatch, hours in a moment.
import assert from "node:assert/strict";
import test from "node:test";
import { type Act, quick, RunRig, type Started, simulatedPhones } from "../../../test/rig/run-rig.ts";
import { ALL_WELL, afterEnd, type FleetHealth } from "../../core/device-health.ts";
import { instant, later, minutes } from "../../core/ids.ts";
import type { JobSpec } from "../../core/job.ts";
import { account, job, NOON, takeIn } from "../../ledger/contract/world.contract.ts";

const IDS = Array.from({ length: 10 }, (_, i) => `phone-${i + 1}`);
const TEN = { provider: "simulated", count: 10 } as const;
const BAD = "phone-7";
const OFFLINE: Act = "fail adb: device offline";

const many = (n: number): JobSpec[] => Array.from({ length: n }, (_, i) => job(`j${i + 1}`, { account: `a${i % 50}` }));
const acts = (jobs: readonly JobSpec[]) =>
  Object.fromEntries(jobs.map((j, i): [string, Act[]] => [j.id, [`slow ${60 + (i % 31)}`]]));
const told = ({ events }: Started, type: string) => events.filter((e) => e.type === type);

/** A number in [0, 1) that a seed and a step always give alike. */
function draw(seed: number, step: number): number {
  let t = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(step + 1, 0xc2b2ae35);
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

/** One phone of ten fails nine times of ten, from minute `from` on. */
async function withBadPhone(jobs: JobSpec[], { seed, from }: { seed: number; from: number }) {
  const rig = new RunRig(acts(jobs));
  let step = 0;
  rig.stage.weather = (at, claim) =>
    claim.device === BAD && at >= later(NOON, minutes(from)) && draw(seed, step++) < 0.9 ? OFFLINE : null;
  await takeIn(rig.ledger().campaign("one"), jobs);
  const run = await rig.start({
    devices: simulatedPhones(rig.clock, IDS),
    settings: quick({ workers: 10, devices: TEN }),
  });
  return { ...run, rig };
}

for (const [when, from, most] of [
  ["in the middle of a run", 6, 4],
  ["from the start, when nobody has posted yet", 0, 5],
] as const)
  test(`one phone of ten fails nine times of ten ${when}: it is out within ${most} failures, its jobs succeed elsewhere`, async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const run = await withBadPhone(many(120), { seed, from });
      const [out] = told(run, "device.quarantined");
      assert.ok(out?.type === "device.quarantined", `seed ${seed}: it is left out`);
      assert.deepEqual([out.device, out.by], [BAD, "run"]);
      assert.ok(inARow(run, out) <= most, `seed ${seed}: out after ${inARow(run, out)} failures`);
      assert.equal(run.finished.success, 120);
      assert.ok(told(run, "device.quarantined").every((e) => "device" in e && e.device === BAD));
    }
  });

/** Failures since its last post, up to this event. */
function inARow({ events }: Started, until: Started["events"][number]): number {
  const ends = events
    .slice(0, events.indexOf(until))
    .filter((e) => e.type === "attempt.finished")
    .filter((e) => e.device === BAD);
  return ends.length - 1 - ends.findLastIndex((e) => e.outcome === "posted");
}

test("jobs bound to the phone that is out wait for it, in the same pass", async () => {
  const jobs = [...many(60), ...Array.from({ length: 9 }, (_, i) => job(`b${i + 1}`, { account: `bound-${i}` }))];
  const rig = new RunRig(acts(jobs));
  let failures = 0;
  rig.stage.weather = (at, claim) =>
    claim.device === BAD && at >= later(NOON, minutes(3)) && failures++ < 3 ? OFFLINE : null;
  const accounts = Array.from({ length: 9 }, (_, i) => account(`bound-${i}`, { device: BAD }));
  await takeIn(rig.ledger().campaign("one"), jobs, { accounts });
  const run = await rig.start({
    devices: simulatedPhones(rig.clock, IDS),
    settings: quick({ workers: 10, devices: TEN, knownAccounts: accounts }),
  });
  assert.equal(run.finished.success, 69);
  const [out] = told(run, "device.quarantined");
  const [back] = told(run, "device.returned");
  assert.ok(out !== undefined && back !== undefined);
  assert.ok(Date.parse(back.ts) - Date.parse(out.ts) >= 15 * 60_000, "not before its quarter of an hour was over");
  assert.equal(run.finished.pass_history[0]?.jobs_processed, 69, "the first pass waited for it");
});

test("a phone that a person puts back begins anew: its next failure is one, not a probe's", async () => {
  const jobs = many(300);
  const rig = new RunRig(acts(jobs));
  const desk = rig.ledger().devices;
  let failures = 0;
  let isBack: Promise<boolean> | null = null;
  rig.stage.weather = (at, claim) => {
    if (claim.device !== BAD && failures === 3) isBack ??= desk.putBack(BAD, "person");
    return claim.device === BAD && at >= later(NOON, minutes(3)) && failures++ < 4 ? OFFLINE : null;
  };
  await takeIn(rig.ledger().campaign("one"), jobs);
  const run = await rig.start({
    devices: simulatedPhones(rig.clock, IDS),
    settings: quick({ workers: 10, devices: TEN }),
  });
  assert.equal(await isBack, true);
  assert.ok(failures > 4, "it was given jobs again");
  assert.equal(told(run, "device.quarantined").length, 1);
});

test("a thousand quiet runs of fifty posts on ten phones: nobody is left out for a failure in a hundred", () => {
  let outs = 0;
  for (let seed = 1; seed <= 1000; seed++) {
    let health: FleetHealth = ALL_WELL;
    for (let i = 0; i < 50; i++) {
      const outcome =
        draw(seed, i) < 0.01 ? ({ type: "failed", cause: "network" } as const) : ({ type: "succeeded" } as const);
      const end = { device: IDS[i % 10] ?? "", account: `a${i}`, at: instant(i * 7_000), outcome };
      const [next, news] = afterEnd(health, end);
      health = next;
      if (news.type === "quarantined") outs++;
    }
  }
  assert.equal(outs, 0);
});
