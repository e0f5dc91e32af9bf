// What every provider of phones must do, whatever is behind it.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { Answer, DeviceFault, Devices } from "./devices.ts";

/** One phone of the provider, and what a test can do to it. */
export type DevicesRig = {
  devices: Devices;
  id: string;
  /** A second phone. */
  other: string;
  /** How adb knows the phone, where that is not its id. */
  serial?: string;
  /** Logged in on the phone. */
  account: string;
  be(how: "gone" | "back" | "frozen" | "unauthorized"): Promise<void>;
};

/** Only to tell a wait that ends from one that does not, on a busy machine too. */
const SOON_MS = 20_000;

const never = new AbortController().signal;

/** @param open  made with short deadlines: `ready` at most 4 s, other looks 2 s; the rig ends with the test */
export function devicesContract(name: string, open: (t: TestContext) => Promise<DevicesRig>): void {
  const contract = (title: string, run: (rig: DevicesRig) => Promise<void>) =>
    test(`${name}: ${title}`, { timeout: 30_000 }, async (t) => run(await open(t)));

  contract("a phone is listed before and after it is started", async ({ devices, id }) => {
    const before = given(await devices.list()).find((phone) => phone.id === id);
    assert.equal(before?.state, "off");
    await started(devices, id);
    const after = given(await devices.list()).find((phone) => phone.id === id);
    assert.equal(after?.state, "ready");
  });

  contract("a phone has one holder at a time", async ({ devices, id }) => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => devices.lease(id)));
    assert.equal(answers.filter((a) => a.ok).length, 1);
    assert.ok(answers.every((a) => a.ok || a.error.cause === "device_busy"));
    given(await devices.release(id));
    given(await devices.lease(id));
  });

  contract("a phone without a lease is not touched", async ({ devices, id }) => {
    assert.equal(faultOf(await devices.start(id, never)).cause, "not_leased");
    assert.equal(faultOf(await devices.ready(id, never)).cause, "not_leased");
  });

  contract("starting a phone that runs changes nothing", async ({ devices, id, serial = id }) => {
    await started(devices, id);
    given(await devices.start(id, never));
    assert.equal(given(await devices.ready(id, never)).serial, serial);
    const health = given(await devices.health(id));
    assert.equal(health.isBooted, true);
    assert.ok((health.freeBytes ?? 0) > 0);
  });

  contract("a phone of another fleet is gone", async ({ devices }) => {
    assert.equal(faultOf(await devices.lease("no-such-phone")).kind, "gone");
  });

  contract("a phone that nobody can reach is gone, and may come back", async ({ devices, id, serial = id, be }) => {
    await started(devices, id);
    await be("gone");
    const fault = faultOf(await devices.ready(id, never));
    assert.equal(fault.kind, "gone", fault.message);
    await be("back");
    assert.equal(given(await devices.ready(id, never)).serial, serial);
  });

  contract("a phone that does not answer is to be tried again, in time", async ({ devices, id, serial = id, be }) => {
    await started(devices, id);
    await be("frozen");
    const began = performance.now();
    const fault = faultOf(await devices.health(id));
    assert.deepEqual([fault.kind, fault.cause], ["try_again", "device_timeout"]);
    assert.ok(performance.now() - began < SOON_MS);
    await be("back");
    assert.equal(given(await devices.ready(id, never)).serial, serial);
  });

  contract(
    "a phone that refuses this computer is gone at once, until a person accepts it",
    async ({ devices, id, serial = id, be }) => {
      given(await devices.lease(id));
      await be("unauthorized");
      given(await devices.start(id, never));
      const began = performance.now();
      const fault = faultOf(await devices.ready(id, never));
      assert.deepEqual([fault.kind, fault.cause], ["gone", "device_unauthorized"]);
      assert.ok(performance.now() - began < SOON_MS);
      await be("back");
      assert.equal(given(await devices.ready(id, never)).serial, serial);
    },
  );

  contract("the account on a phone is confirmed or denied", async ({ devices, id, account }) => {
    await started(devices, id);
    assert.deepEqual(given(await devices.confirm(id, account)), { is: "same" });
    assert.deepEqual(given(await devices.confirm(id, `${account}2`)), { is: "other", found: [account] });
  });

  contract("a phone that is cleared stays on, and once is as good as twice", async ({ devices, id }) => {
    given(await devices.clear(id)); // nothing of it is known yet
    await started(devices, id);
    given(await devices.clear(id));
    given(await devices.clear(id));
    assert.equal(given(await devices.health(id)).isBooted, true);
  });

  contract("a wait ends soon after its stop", async ({ devices, id, be }) => {
    given(await devices.lease(id));
    await be("gone");
    const halt = new AbortController();
    const waiting = devices.ready(id, halt.signal);
    setTimeout(() => halt.abort(), 100);
    const began = performance.now();
    assert.equal(faultOf(await waiting).cause, "stopped");
    assert.ok(performance.now() - began < SOON_MS);
  });

  contract("a phone is stopped by its id alone, and once is as good as twice", async ({ devices, id, other }) => {
    await started(devices, id);
    await started(devices, other);
    given(await devices.release(id));
    given(await devices.stop(id));
    given(await devices.stop(id));
    const states = given(await devices.list()).map((phone) => [phone.id, phone.state]);
    assert.deepEqual(Object.fromEntries(states), { [id]: "off", [other]: "ready" });
  });
}

async function started(devices: Devices, id: string): Promise<void> {
  given(await devices.lease(id));
  given(await devices.start(id, never));
  given(await devices.ready(id, never));
}

/** The value, or a failed test that shows the fault. */
export function given<T>(answer: Answer<T>): T {
  assert.ok(answer.ok, answer.ok ? "" : `${answer.error.cause}: ${answer.error.message}`);
  return answer.value;
}

export function faultOf(answer: Answer<unknown>): DeviceFault {
  assert.ok(!answer.ok, "this was to fail");
  return answer.error;
}
