// The fleet under real passes: phones in memory, jobs that are bound to them or not, and phones that fall away.
import assert from "node:assert/strict";
import test from "node:test";
import { type Act, quick, RunRig, type Started, simulatedPhones } from "../../test/rig/run-rig.ts";
import { later, seconds } from "../core/ids.ts";
import type { JobSpec } from "../core/job.ts";
import type { RunSettings } from "../core/settings.ts";
import { type Answer, fault } from "../devices/devices.ts";
import { account, job, takeIn } from "../ledger/contract/world.contract.ts";

type Given = { phones: string[]; jobs: JobSpec[]; acts?: Record<string, Act[]>; settings?: Partial<RunSettings> };

async function world({ phones, jobs, acts = {}, settings = {} }: Given) {
  const rig = new RunRig(acts);
  await takeIn(rig.ledger().campaign("one"), jobs);
  const devices = simulatedPhones(rig.clock, phones);
  return { rig, devices, start: () => rig.start({ settings: quick(settings), devices }) };
}

const of = (name: string) => ({ account: name });
const bound = (name: string, device: string) => account(name, { device });
const started = ({ events }: Started) => events.flatMap((e) => (e.type === "device.started" ? [e.device] : []));
const where = ({ events }: Started) =>
  events.flatMap((e) => (e.type === "attempt.finished" ? [[e.job, e.device] as const] : []));

test("one phone that has all the work is the only one started, once", async () => {
  const jobs = Array.from({ length: 6 }, (_, i) => job(`j${i}`, of(`a${i}`)));
  const knownAccounts = jobs.map((j) => bound(j.account ?? "", "p2"));
  const w = await world({ phones: ["p1", "p2", "p3"], jobs, settings: { knownAccounts } });
  const done = await w.start();
  assert.deepEqual(started(done), ["p2"]);
  assert.equal(w.rig.stage.posts.length, 6);
  assert.equal(done.finished.final_result, "all_complete");
});

test("more phones than workers: each worker goes on to the next phone with work, and each phone posts its own", async () => {
  const jobs = ["p1", "p2", "p3", "p4"].flatMap((p) => [job(`${p}-a`, of(`${p}a`)), job(`${p}-b`, of(`${p}b`))]);
  const knownAccounts = jobs.map((j) => bound(j.account ?? "", j.id.slice(0, 2)));
  const w = await world({ phones: ["p1", "p2", "p3", "p4"], jobs, settings: { knownAccounts } });
  const done = await w.start();
  assert.deepEqual(started(done).toSorted(), ["p1", "p2", "p3", "p4"]);
  assert.ok(
    where(done).every(([id, device]) => device === id.slice(0, 2)),
    JSON.stringify(where(done)),
  );
});

test("a worker stays on its phone as long as it has work there", async () => {
  const jobs = Array.from({ length: 8 }, (_, i) => job(`j${i}`, of(`a${i}`)));
  const done = await (await world({ phones: ["p1", "p2", "p3"], jobs })).start();
  assert.equal(started(done).length, 2, "two workers, two phones");
});

test("every phone is stopped and nobody's at the end, and between passes", async () => {
  const w = await world({ phones: ["p1"], jobs: [job("a")], acts: { a: ["fail device offline", "ok"] } });
  const done = await w.start();
  assert.equal(done.finished.pass_count, 2);
  assert.deepEqual(started(done), ["p1", "p1"]);
  assert.equal(w.devices.phone("p1").isOn, false);
  const [phone] = await w.rig.ledger().devices.list();
  assert.deepEqual([phone?.started, phone?.lease], [null, null]);
});

for (const [why, slowSeconds, failing, want] of [
  ["again after half a minute while the run goes on", 200, 1, [30, 60]],
  ["once more at the end", 40, 1, [30, 40]],
] as const) {
  test(`a phone that could not be stopped is told to stop ${why}`, async () => {
    const jobs = [job("a"), job("b", of("bert"))];
    const knownAccounts = [bound("anna", "p1"), bound("bert", "p2")];
    const acts: Record<string, Act[]> = { b: [`slow ${slowSeconds}`] };
    const w = await world({ phones: ["p1", "p2"], jobs, acts, settings: { knownAccounts } });
    const stop = w.devices.stop.bind(w.devices);
    const [began, stops] = [w.rig.clock.now(), [] as number[]];
    w.devices.stop = async (id, wasOn) => {
      if (id === "p1") stops.push(Math.round((w.rig.clock.now() - began) / 1000));
      if (id === "p1" && stops.length <= failing) return fault("try_again", "device_still_on", "still on");
      return stop(id, wasOn);
    };
    const done = await w.start();
    assert.equal(done.finished.final_result, "all_complete");
    assert.deepEqual(stops, want);
    assert.equal(w.devices.phone("p1").isOn, false);
  });
}

/** A long job on another phone; the stops that p1 was told, in seconds of the run. */
async function unstopped(times: number, failing: () => Promise<Answer<void>>) {
  const jobs = [job("a"), job("b", of("bert"))];
  const knownAccounts = [bound("anna", "p1"), bound("bert", "p2")];
  const w = await world({ phones: ["p1", "p2"], jobs, acts: { b: ["slow 200"] }, settings: { knownAccounts } });
  const stop = w.devices.stop.bind(w.devices);
  const [began, stops] = [w.rig.clock.now(), [] as number[]];
  w.devices.stop = (id, wasOn) => {
    if (id === "p1") stops.push(Math.round((w.rig.clock.now() - began) / 1000));
    return id === "p1" && stops.length <= times ? failing() : stop(id, wasOn);
  };
  const at = (s: number) => w.rig.clock.sleepUntil(later(began, seconds(s)), new AbortController().signal);
  return { ...w, stops, at };
}

test("a phone that could not be stopped is left alone while another campaign has it, and told to stop once that is done", async () => {
  const w = await unstopped(1, async () => fault("try_again", "device_still_on", "still on"));
  const two = w.rig.ledger().campaign("two").fleet;
  const other = w.at(40).then(async () => {
    assert.deepEqual(await two.take({ id: "p1", provider: "simulated", wasOn: false }, "m/2"), { ok: true });
    await w.at(70);
    assert.deepEqual(w.stops, [30]);
    await two.give("p1", null);
  });
  const [done] = await Promise.all([w.start(), other]);
  assert.deepEqual([done.finished.final_result, w.stops], ["all_complete", [30, 90]]);
  assert.deepEqual(started(done).toSorted(), ["p1", "p2"], "what is only stopped is not told as started");
  const [phone] = await w.rig.ledger().devices.list();
  assert.deepEqual([phone?.id, phone?.started, phone?.lease], ["p1", null, null]);
});

test("a phone that was taken out meanwhile is told to stop all the same", async () => {
  const w = await unstopped(1, async () => fault("try_again", "device_still_on", "still on"));
  const phone = { id: "p1", provider: "simulated" };
  const out = w.at(40).then(async () => {
    await w.rig.ledger().devices.takeOut(phone, { by: "person", cause: "by_person", reason: "x", until: null });
  });
  await Promise.all([w.start(), out]);
  assert.deepEqual(w.stops, [30, 60]);
});

test("a stop that throws keeps no phone from others, and is tried again every half minute, not at once", async () => {
  const w = await unstopped(2, () => Promise.reject(new Error("no room on the disk")));
  const two = w.rig.ledger().campaign("two").fleet;
  const other = w.at(40).then(async () => {
    assert.deepEqual(await two.take({ id: "p1", provider: "simulated", wasOn: false }, "m/2"), { ok: true });
    await two.give("p1", null);
  });
  await Promise.all([w.start(), other]);
  assert.deepEqual(w.stops, [30, 60, 90]);
});

test("a phone that can't be had burns no attempt; others take what any phone may post", async () => {
  const jobs = Array.from({ length: 4 }, (_, i) => job(`j${i}`, of(`a${i}`)));
  const w = await world({ phones: ["p1", "p2"], jobs });
  w.devices.phone("p1").is = "gone";
  const done = await w.start();
  assert.ok(where(done).every(([, device]) => device === "p2"));
  assert.deepEqual([done.finished.final_result, done.finished.attempts], ["all_complete", 4]);
});

test("a phone that comes back later gets its jobs then: the pass waits for it", async () => {
  const jobs = [job("a"), job("b", of("bert"))];
  const w = await world({ phones: ["p1", "p2"], jobs, settings: { knownAccounts: [bound("anna", "p1")] } });
  const phone = w.devices.phone("p1");
  phone.is = "gone";
  const soon = w.rig.clock.now() + 3_000;
  w.rig.clock.onSleep = () => {
    if (w.rig.clock.now() >= soon) phone.is = "reachable";
  };
  const done = await w.start();
  assert.deepEqual([done.finished.final_result, done.finished.pass_count], ["all_complete", 1]);
});

test("a phone that never comes: nothing is burnt, the passes end, and the reason is told", async () => {
  const w = await world({ phones: ["p1"], jobs: [job("a")] });
  w.devices.phone("p1").is = "gone";
  const done = await w.start();
  assert.deepEqual([done.finished.final_result, done.finished.attempts], ["max_passes_reached", 0]);
  const faults = done.events.flatMap((e) => (e.type === "device.stopped" && e.fault !== null ? [e.fault.cause] : []));
  assert.equal(faults.length, 6, "two tries a pass");
  assert.ok(faults.every((cause) => cause === "device_not_found"));
});

test("a phone that dies under an attempt is looked at before the next one, which is not burnt on it", async () => {
  const jobs = Array.from({ length: 5 }, (_, i) => job(`j${i}`, of(`a${i}`)));
  const acts: Record<string, Act[]> = { "*": ["fail device offline", "ok"] };
  const w = await world({
    phones: ["p1", "p2"],
    jobs,
    acts: { ...acts, j1: ["ok"], j2: ["ok"], j3: ["ok"], j4: ["ok"] },
  });
  w.rig.stage.onTry = (id) => {
    if (id === "j0") w.devices.phone("p1").is = "gone";
  };
  const done = await w.start();
  assert.equal(done.finished.final_result, "all_complete");
  const onDead = where(done).filter(([, device]) => device === "p1");
  assert.deepEqual(onDead, [["j0", "p1"]], JSON.stringify(where(done)));
});

test("a retry goes to a phone that the job has not failed on", async () => {
  const jobs = [job("a"), job("b", of("bert"))];
  const w = await world({ phones: ["p1", "p2"], jobs, acts: { "*": ["fail device offline", "ok"] } });
  const done = await w.start();
  const tries = Map.groupBy(where(done), ([id]) => id);
  for (const [id, list] of tries)
    assert.equal(new Set(list.map(([, d]) => d)).size, 2, `${id}: ${JSON.stringify(list)}`);
});

test("what a failed attempt left on a phone is cleared before the next one, and not without need", async () => {
  const jobs = [job("a"), job("b", of("bert")), job("c", of("cleo"))];
  const w = await world({ phones: ["p1"], jobs, acts: { a: ["fail device offline", "ok"] }, settings: { workers: 1 } });
  const cleared: number[] = [];
  w.devices.clear = async () => {
    cleared.push(w.rig.stage.tries.length);
    return { ok: true, value: undefined };
  };
  await w.start();
  assert.deepEqual([w.rig.stage.tries, cleared], [["a", "b", "c", "a"], [1]]);
});

test("another account on the phone: nothing is posted, nothing is burnt, the run halts and says where", async () => {
  const w = await world({ phones: ["p1"], jobs: [job("a")] });
  w.devices.phone("p1").accounts = ["somebody.else"];
  const done = await w.start();
  assert.deepEqual([done.finished.final_result, w.rig.stage.posts], ["halted", []]);
  const [ended] = done.events.flatMap((e) => (e.type === "attempt.finished" ? [e.failure] : []));
  assert.deepEqual([ended?.category, ended?.cause], ["setup", "wrong_account_on_phone"]);
  assert.match(ended?.message ?? "", /anna is not logged in on phone p1; there is somebody\.else/);
});

test("the right account on the phone is posted from", async () => {
  const w = await world({ phones: ["p1"], jobs: [job("a")] });
  w.devices.phone("p1").accounts = ["bert", "anna"];
  assert.equal((await w.start()).finished.final_result, "all_complete");
});

test("a silent poster is not even started on a phone with another account", async () => {
  const w = await world({ phones: ["p1"], jobs: [job("a")], acts: { a: ["silent-ok"] } });
  w.devices.phone("p1").accounts = ["somebody.else"];
  const done = await w.start();
  assert.deepEqual([done.finished.final_result, w.rig.stage.tries, w.rig.stage.posts], ["halted", [], []]);
});

test("a phone that falls away right before the intent: no post, a charged failure of the infrastructure", async () => {
  const w = await world({ phones: ["p1"], jobs: [job("a")] });
  let tries = 0;
  w.rig.stage.onTry = () => {
    if (tries++ === 0) w.devices.phone("p1").is = "gone";
  };
  w.rig.clock.onSleep = () => {
    if (tries > 0) w.devices.phone("p1").is = "reachable";
  };
  const done = await w.start();
  const ends = done.events.flatMap((e) =>
    e.type === "attempt.finished" ? [[e.outcome, e.failure?.cause ?? null]] : [],
  );
  assert.deepEqual(ends, [
    ["failed", "device_not_found"],
    ["posted", null],
  ]);
  assert.deepEqual(w.rig.stage.posts, ["a"]);
});

test("a look is made on the phone that the post went out from", async () => {
  const w = await world({ phones: ["p1", "p2"], jobs: [job("a")], acts: { a: ["lost-after-post"] } });
  const done = await w.start();
  assert.deepEqual([done.finished.final_result, w.rig.stage.looks], ["all_complete", ["a"]]);
  const posted = where(done)[0]?.[1];
  assert.deepEqual(w.rig.stage.lookedOn, [posted]);
});

test("a phone taken out in the middle of a pass gets no further job", async () => {
  const jobs = Array.from({ length: 4 }, (_, i) => job(`j${i}`, of(`a${i}`)));
  const w = await world({ phones: ["p1", "p2"], jobs, acts: { "*": ["slow 1"] } });
  const desk = w.rig.ledger().devices;
  w.rig.stage.onTry = () => {
    if (w.rig.stage.tries.length === 1)
      void desk.takeOut(
        { id: "p1", provider: "simulated" },
        { by: "person", cause: "by_person", reason: "x", until: null },
      );
  };
  const done = await w.start();
  assert.equal(done.finished.final_result, "all_complete");
  assert.ok(where(done).filter(([, d]) => d === "p1").length <= 1, JSON.stringify(where(done)));
});
