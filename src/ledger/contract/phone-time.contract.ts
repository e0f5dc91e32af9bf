// What phones cost: written down before they are switched on, until they are known to be off, over kills and campaigns.
import assert from "node:assert/strict";
import { begin, type Case, job, MINUTE } from "./world.contract.ts";

const P1 = { id: "phone-1", provider: "geelark" };
const P2 = { id: "phone-2", provider: "geelark" };

export function phoneTimeCases(that: Case): void {
  that(
    "a phone is on from before it is switched on until it is off, over a kill",
    async ({ one, fixture, now, pass }) => {
      await begin(one, [job("a")]);
      const since = now();
      await one.phoneTime.switchOn(P1);
      await one.phoneTime.switchOn(P1); // asked again: it is on already
      pass(MINUTE);
      const again = (await fixture.reopen()).campaign("one");
      assert.deepEqual(await again.phoneTime.on(), [{ ...P1, since }]);
      await again.phoneTime.switchOff("phone-1");
      await again.phoneTime.switchOff("phone-1");
      assert.deepEqual(await again.phoneTime.on(), []);
    },
  );

  that("a phone of another campaign is not ours to switch off, nor ours", async ({ one, fixture, now }) => {
    const two = (await fixture.second()).campaign("two");
    const since = now();
    await one.phoneTime.switchOn(P1);
    await two.phoneTime.switchOff("phone-1");
    assert.deepEqual(await one.phoneTime.on(), [{ ...P1, since }]);
    assert.deepEqual(await two.phoneTime.on(), []);
  });

  that("a phone that one campaign could not stop is another's once that switches it on", async (w) => {
    const ledger = await w.fixture.second();
    const two = ledger.campaign("two");
    await begin(w.one, [job("a")]);
    await w.one.phoneTime.switchOn(P1);
    w.pass(MINUTE);
    const since = w.now();
    await two.phoneTime.switchOn(P1);
    assert.deepEqual([await w.one.phoneTime.on(), await two.phoneTime.on()], [[], [{ ...P1, since }]]);
    w.pass(MINUTE);
    assert.deepEqual(await w.one.phoneTime.spent(), [{ id: "phone-1", ms: MINUTE, starts: 1, isOn: false }]);
    await w.one.phoneTime.switchOff("phone-1");
    assert.deepEqual(await ledger.devices.on(), [{ ...P1, campaign: "two", since }]);
    await two.phoneTime.switchOff("phone-1");
    assert.deepEqual(await ledger.devices.on(), []);
  });

  that("the phones of all campaigns that are on are told with whose they are", async ({ one, fixture, now, pass }) => {
    const ledger = await fixture.second();
    const two = ledger.campaign("two");
    const first = now();
    await one.phoneTime.switchOn(P2);
    pass(MINUTE);
    await two.phoneTime.switchOn(P1);
    const both = [
      { ...P2, campaign: "one", since: first },
      { ...P1, campaign: "two", since: now() },
    ];
    assert.deepEqual(await ledger.devices.on(), both);
    await one.phoneTime.switchOff("phone-2");
    assert.deepEqual(await ledger.devices.on(), both.slice(1));
  });

  that("a run's phones are summed up, those still on until now", async ({ one, pass, events }) => {
    await one.phoneTime.switchOn(P2); // before the run: not its cost
    await one.phoneTime.switchOff("phone-2");
    assert.deepEqual(await one.phoneTime.spent(), []);
    await begin(one, [job("a")]);
    for (let n = 0; n < 2; n++) {
      await one.phoneTime.switchOn(P1);
      pass(MINUTE);
      await one.phoneTime.switchOff("phone-1");
    }
    await one.phoneTime.switchOn(P2);
    pass(MINUTE);
    assert.deepEqual(await one.phoneTime.spent(), [
      { id: "phone-1", ms: 2 * MINUTE, starts: 2, isOn: false },
      { id: "phone-2", ms: MINUTE, starts: 1, isOn: true },
    ]);
    const off = events.flatMap((e) => (e.type === "device.off" ? [[e.device, e.on_ms]] : []));
    assert.deepEqual(off.slice(1), [
      ["phone-1", MINUTE],
      ["phone-1", MINUTE],
    ]);
  });
}
