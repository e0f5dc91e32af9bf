// No more phones are on at the same time than may be: whatever they take to stop, and whether they stop at all.
import assert from "node:assert/strict";
import test from "node:test";
import { type Act, quick, RunRig, simulatedPhones } from "../../test/rig/run-rig.ts";
import { later, minutes, seconds } from "../core/ids.ts";
import type { RunSettings } from "../core/settings.ts";
import { fault } from "../devices/devices.ts";
import { account, job, takeIn } from "../ledger/contract/world.contract.ts";

const never = new AbortController().signal;
const STOP_S = 40;

type Given = { phones: string[]; maxPhones: number; acts?: Record<string, Act[]>; settings?: Partial<RunSettings> };

/** A job on each phone, under the phone's name; each phone takes its time to stop. `most`: that were on at the same time. */
async function world({ phones, maxPhones, acts = {}, settings = {} }: Given) {
  const rig = new RunRig(acts);
  await takeIn(
    rig.ledger().campaign("one"),
    phones.map((id) => job(id, { account: `on-${id}` })),
  );
  const knownAccounts = phones.map((device) => account(`on-${device}`, { device }));
  const devices = simulatedPhones(rig.clock, phones);
  const [start, stop] = [devices.start.bind(devices), devices.stop.bind(devices)];
  const w = { rig, devices, most: 0, warnings: [] as string[], stops: [] as string[], unstoppable: new Set<string>() };
  devices.start = async (id) => {
    const started = await start(id);
    w.most = Math.max(w.most, phones.filter((each) => devices.phone(each).isOn).length);
    return started;
  };
  devices.stop = async (id, wasOn) => {
    if (!devices.phone(id).isOn) return stop(id, wasOn);
    w.stops.push(id);
    await rig.clock.sleepUntil(later(rig.clock.now(), seconds(STOP_S)), never);
    return w.unstoppable.has(id) ? fault("try_again", "device_still_on", "still on") : stop(id, wasOn);
  };
  const fleet = { maxPhones, onWarning: (message: string) => void w.warnings.push(message) };
  const run = () => rig.start({ settings: quick({ workers: 3, knownAccounts, ...settings }), devices, fleet });
  return Object.assign(w, { run });
}

for (const maxPhones of [1, 2]) {
  test(`at the limit of ${maxPhones} the next phone starts when one is off, not while it still stops`, async () => {
    const w = await world({ phones: ["p1", "p2", "p3", "p4", "p5"], maxPhones });
    const { finished } = await w.run();
    assert.deepEqual([finished.final_result, finished.pass_count], ["all_complete", 1]);
    assert.equal(w.most, maxPhones);
    assert.equal(w.stops.length, 5, "each once");
  });
}

test("a phone that could not be stopped counts: the next one waits until it is off, and that is told", async () => {
  const w = await world({ phones: ["p1", "p2"], maxPhones: 1 });
  const unstoppable = (id: string) => {
    if (w.unstoppable.size === 0 && w.stops.length === 0) w.unstoppable.add(id);
  };
  w.rig.stage.onTry = unstoppable;
  w.rig.clock.onSleep = () => {
    if (w.stops.length === 3) w.unstoppable.clear();
  };
  const { finished } = await w.run();
  const [first = ""] = w.stops;
  assert.deepEqual([finished.final_result, w.most], ["all_complete", 1]);
  assert.deepEqual(w.stops.slice(0, 3), [first, first, first]);
  const told = w.warnings.filter((text) => text.includes("--max-phones"));
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", new RegExp(`--max-phones is 1, and what is on could not be stopped: ${first}\\.`));
});

test("a phone that could not be stopped may still be used itself", async () => {
  const w = await world({ phones: ["p1", "p2"], maxPhones: 1, acts: { "*": ["fail device offline", "ok"] } });
  w.unstoppable.add("p1").add("p2");
  w.rig.clock.onSleep = () => {
    if (w.stops.length > 3) w.unstoppable.clear();
  };
  const { finished } = await w.run();
  assert.deepEqual([finished.final_result, w.most], ["all_complete", 1]);
});

test("phones that can't be stopped take all the room for longer than the patience: the run halts and says which", async () => {
  const w = await world({ phones: ["p1", "p2"], maxPhones: 1 });
  w.unstoppable.add("p1").add("p2");
  const began = w.rig.clock.now();
  const { finished, events } = await w.run();
  assert.deepEqual([finished.final_result, w.most, w.rig.stage.posts.length], ["halted", 1, 1]);
  assert.ok(w.rig.clock.now() - began >= minutes(30));
  const why = events.flatMap((e) => (e.type === "warning" && e.code === "halted" ? [e.message] : []));
  assert.match(why[0] ?? "", /^no other phone is started: --max-phones is 1, .* could not be stopped: p\d\./);
});

test("looks on many phones take turns too", async () => {
  const phones = ["p1", "p2", "p3", "p4"];
  const w = await world({ phones, maxPhones: 1, acts: { "*": ["lost-after-post"] } });
  const { finished } = await w.run();
  assert.equal(finished.final_result, "all_complete");
  assert.deepEqual(w.rig.stage.lookedOn.toSorted(), phones);
  assert.equal(w.most, 1);
});
