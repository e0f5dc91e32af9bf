import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { quick, RunRig } from "../../test/rig/run-rig.ts";
import type { EventLine } from "../core/events.ts";
import { later, millis } from "../core/ids.ts";
import type { RunSettings } from "../core/settings.ts";
import type { Dispatch } from "../dispatch/dispatch.ts";
import { nodeTimers } from "../host/node/node-host.ts";
import { HOLDER, job, takeIn, typesOf } from "../ledger/contract/world.contract.ts";
import { Control } from "./control.ts";

/** Notes what it is told. */
class NotingDispatch implements Dispatch {
  readonly told: string[] = [];
  readonly devices = [null];
  readonly setupFailure = null;
  drain = async () => ({ halted: null });
  look = async () => {};
  load = () => ({ inFlight: 3, pastIntent: 1 });
  stop = (stage: 1 | 2) => void this.told.push(`stop ${stage}`);
  pause = (isPaused: boolean) => void this.told.push(isPaused ? "pause" : "resume");
  poke = () => void this.told.push("poke");
}

async function bench(t: TestContext, more: Partial<RunSettings> = {}) {
  const rig = new RunRig();
  const ledger = rig.ledger();
  const events: EventLine[] = [];
  ledger.subscribe((line) => events.push(line));
  const campaign = ledger.campaign("one");
  await takeIn(campaign, [job("a")]);
  const settings = quick(more);
  await campaign.runs.open({ settings, holder: HOLDER, simulated: false });
  const dispatch = new NotingDispatch();
  const control = new Control({
    ledger,
    runs: campaign.runs,
    dispatch,
    settings,
    clock: rig.clock,
    timers: nodeTimers,
  });
  t.after(() => control.close());
  return { rig, control, dispatch, events, campaign };
}

/** Waits, in real time, until it holds. */
async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 5000; !holds(); ) {
    assert.ok(Date.now() < end, "it never came");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("a stop goes its stages up and never down, and keeps who asked first", async (t) => {
  const { control, dispatch, events } = await bench(t);
  assert.deepEqual([control.stopAsked, control.stoppedBy], [false, null]);
  control.requestStop("SIGTERM", 1);
  control.requestStop("SIGINT", 1);
  control.requestStop("SIGINT", 2);
  control.requestStop("SIGINT", 1);
  assert.deepEqual(dispatch.told, ["stop 1", "stop 2"]);
  assert.equal(control.stoppedBy, "SIGTERM");
  await until(() => typesOf(events, "stop.requested").length === 2);
  const [first] = typesOf(events, "stop.requested");
  assert.deepEqual(first?.type === "stop.requested" && [first.in_flight, first.past_intent], [3, 1]);
});

test("after the grace the second stage comes by itself", async (t) => {
  const { control, dispatch } = await bench(t, { stopGraceMs: millis(20) });
  control.requestStop("SIGINT", 1);
  await until(() => dispatch.told.includes("stop 2"));
  assert.equal(control.stoppedBy, "SIGINT");
});

test("closed in time, the grace brings nothing any more", async (t) => {
  const { control, dispatch } = await bench(t, { stopGraceMs: millis(20) });
  control.requestStop("SIGINT", 1);
  control.close();
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.deepEqual(dispatch.told, ["stop 1"]);
});

test("a sleep ends at its time, at a stop, and not at all after one", async (t) => {
  const { rig, control } = await bench(t);
  const hour = later(rig.clock.now(), millis(3_600_000));
  await control.sleepUntil(hour);
  assert.equal(rig.clock.now(), hour);
  rig.clock.onSleep = () => control.requestStop("SIGINT", 1);
  await control.sleepUntil(later(hour, millis(1000)));
  rig.clock.onSleep = () => {};
  await control.sleepUntil(later(hour, millis(9000)));
  assert.equal(rig.clock.now(), hour);
});

test("what other processes ask through the ledger is obeyed, once and in order", async (t) => {
  const { rig, control, dispatch } = await bench(t);
  const desk = rig.ledger().campaign("one").desk;
  for (const type of ["pause", "resume", "stop", "stop_now"] as const) await desk.send(type, "reprise stop");
  control.listen();
  await until(() => dispatch.told.includes("stop 2"));
  assert.deepEqual(
    dispatch.told.filter((w) => w !== "poke"),
    ["pause", "resume", "stop 1", "stop 2"],
  );
  assert.equal(control.stoppedBy, "reprise stop");
});

test("`next` ends the delay that runs, without a stop", async (t) => {
  const { rig, control } = await bench(t);
  rig.clock.sleepUntil = (_until, stop) => new Promise((resolve) => stop.addEventListener("abort", () => resolve()));
  control.listen();
  const delay = control.sleepUntil(later(rig.clock.now(), millis(60_000)));
  await rig.ledger().campaign("one").desk.send("next", "olga");
  await delay;
  assert.equal(control.stopAsked, false);
});
