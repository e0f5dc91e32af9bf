// Phones: one holder over all campaigns, written down before they are started; out means out; a retry goes elsewhere.
import assert from "node:assert/strict";
import { instant, later, millis } from "../../core/ids.ts";
import type { CampaignLedger } from "../ledger.ts";
import {
  account,
  ask,
  begin,
  type Case,
  job,
  LOST,
  MINUTE,
  POSTED,
  refuses,
  SLOT,
  settings,
  settle,
  take,
} from "./world.contract.ts";

const P1 = { id: "phone-1", provider: "adb", wasOn: true };
const P2 = { id: "phone-2", provider: "adb", wasOn: false };
const on = (device: string, phones: string[] = []) => ({ ...SLOT, device, phones });
const of = (name: string) => ({ account: name });

export function fleetCases(that: Case): void {
  that("a phone is leased to one campaign until it is given back", async ({ one, fixture }) => {
    const two = (await fixture.second()).campaign("two");
    assert.deepEqual(await one.fleet.take(P1, "m1"), { ok: true });
    const refused = await two.fleet.take(P1, "m2");
    assert.equal(refused.ok === false && refused.why, "leased");
    assert.equal((await one.fleet.take(P1, "m1")).ok, false, "not twice either");
    await two.fleet.give("phone-1", null); // not theirs to give
    assert.equal((await two.fleet.take(P1, "m2")).ok, false);
    await one.fleet.give("phone-1", null);
    assert.deepEqual(await two.fleet.take(P1, "m2"), { ok: true });
  });

  that("who holds an account or a phone is told, over all campaigns", async ({ ledger, one, fixture }) => {
    const two = (await fixture.second()).campaign("two");
    await begin(one, [job("a", of("a"))]);
    await begin(two, [job("b", of("b"))]);
    assert.deepEqual(await ledger.leaseholders(), []);
    const claim = await take(one);
    await two.fleet.take(P1, "m2");
    assert.deepEqual((await ledger.leaseholders()).sort(), ["one", "two"]);
    await settle(one, claim, POSTED);
    await two.fleet.give("phone-1", null);
    assert.deepEqual(await ledger.leaseholders(), []);
  });

  that("a leased phone serves its campaign's claims one after the other, and no other's", async ({ one, fixture }) => {
    const two = (await fixture.second()).campaign("two");
    await begin(one, [job("a", of("a")), job("b", of("b"))]);
    await begin(two, [job("c", of("c"))]);
    await one.fleet.take(P1, "m1");
    const claim = await take(one, settings(), on("phone-1"));
    await refuses(one, settings(), on("phone-1"));
    await refuses(two, settings(), on("phone-1"));
    await settle(one, claim, POSTED);
    await refuses(two, settings(), on("phone-1"));
    assert.equal(await ask(one, settings(), on("phone-1")), "b");
  });

  that("a phone given back under an attempt that nobody has settled is nobody's until that is settled", async (w) => {
    const { one } = w;
    const two = (await w.fixture.second()).campaign("two");
    await begin(one, [job("a", of("a"))]);
    await begin(two, [job("b", of("b"))]);
    await one.fleet.take(P1, "m1");
    const claim = await take(one, settings(), on("phone-1"));
    await one.fleet.give("phone-1", null); // as the next start does after a kill, before it settles
    assert.equal((await two.fleet.take(P1, "m2")).ok, false);
    await refuses(two, settings(), on("phone-1"));
    await settle(one, claim, LOST);
    assert.deepEqual(await two.fleet.take(P1, "m2"), { ok: true });
    assert.equal(await ask(two, settings(), on("phone-1")), "b");
  });

  that("what a start took is written down before it is started, and found after a kill", async ({ one, fixture }) => {
    await one.fleet.take(P1, "m1");
    await one.fleet.take(P2, "m1");
    await one.fleet.give("phone-2", null);
    const again = (await fixture.reopen()).campaign("one");
    assert.deepEqual(await again.fleet.left("m2"), [P1]);
    assert.deepEqual(await again.fleet.left("m1"), [], "what this start took is no leftover");
    await again.fleet.give("phone-1", null);
    assert.deepEqual(await again.fleet.left("m2"), []);
    assert.deepEqual(await again.fleet.take(P1, "m2"), { ok: true });
  });

  that("a phone's story is told: started, ready, stopped", async ({ one, ledger, events, pass, now }) => {
    await one.fleet.take(P1, "m1");
    pass(MINUTE);
    await one.fleet.ready("phone-1");
    const [seen] = await ledger.devices.list();
    assert.deepEqual([seen?.started?.mark, seen?.started?.readyAt, seen?.lease?.campaign], ["m1", now(), "one"]);
    await one.fleet.give("phone-1", { cause: "device_offline", message: "it went away" });
    await one.fleet.give("phone-1", null);
    assert.deepEqual(
      events.filter((e) => e.type.startsWith("device.")).map((e) => e.type),
      ["device.started", "device.ready", "device.stopped"],
    );
    const [after] = await ledger.devices.list();
    assert.deepEqual(
      [after?.started, after?.lease, after?.fault?.cause, after?.fault?.times],
      [null, null, "device_offline", 1],
    );
  });

  that("a look before a run is written down like any other, and told by no event", async ({ one, fixture, events }) => {
    await one.fleet.take(P1, "m1", { isUntold: true });
    assert.deepEqual(await (await fixture.reopen()).campaign("one").fleet.left("m2"), [P1]);
    await one.fleet.give("phone-1", null, { isUntold: true });
    assert.deepEqual(await one.fleet.left("m2"), []);
    assert.deepEqual(events, []);
  });

  that("a phone that is taken out can be had to be stopped, while nobody has it", async ({ one, fixture, ledger }) => {
    const two = (await fixture.second()).campaign("two");
    await ledger.devices.takeOut(P1, { by: "person", cause: "by_person", reason: "broken", until: null });
    const toStop = { isUntold: true, isToStop: true } as const;
    assert.deepEqual(await one.fleet.take(P1, "m1", toStop), { ok: true });
    const refused = await two.fleet.take(P1, "m2", toStop);
    assert.equal(refused.ok === false && refused.why, "leased");
    await one.fleet.give("phone-1", null, toStop);
    const [phone] = await ledger.devices.list();
    assert.deepEqual([phone?.lease, phone?.started, phone?.out?.reason], [null, null, "broken"]);
  });

  that("faults in a row are counted until the phone is ready once", async ({ one, ledger }) => {
    const fault = { cause: "device_offline", message: "gone" };
    const faults = async () => (await ledger.devices.list())[0]?.fault?.times ?? 0;
    for (const _ of [1, 2]) {
      await one.fleet.take(P1, "m1");
      await one.fleet.give("phone-1", fault);
    }
    assert.equal(await faults(), 2);
    await one.fleet.take(P1, "m1");
    await one.fleet.ready("phone-1");
    assert.equal(await faults(), 0);
  });

  that("a phone that is taken out gets no job until its time is over, or somebody puts it back", outCase);

  that("an account bound to a phone that is out waits for it; another phone goes on", async ({ one, ledger }) => {
    const given = settings({ knownAccounts: [account("anna", { device: "phone-1" })] });
    await begin(one, [job("a"), job("b", of("bert"))], given);
    await ledger.devices.takeOut(P1, { by: "person", cause: "by_person", reason: "broken", until: null });
    assert.equal(await ask(one, given, on("phone-1")), "none");
    assert.equal(await ask(one, given, on("phone-2")), "b");
    assert.equal((await one.claims.demand()).boundTo.get("phone-1"), 1);
  });

  that("a phone that is out is nothing to wait for without a job for it", async ({ one, ledger, now }) => {
    await begin(one, [job("a")]);
    await settle(one, await take(one), POSTED);
    const until = later(now(), MINUTE);
    await ledger.devices.takeOut(P1, { by: "run", cause: "device_offline", reason: "3 failures in a row", until });
    assert.deepEqual(await one.claims.peek(settings(), ["phone-1"]), { next: "none" });
    assert.equal(await ask(one, settings(), on("phone-1")), "none");
  });

  that("demand tells where there is work", async ({ one, pass }) => {
    const given = settings({
      knownAccounts: [account("anna", { device: "phone-1" }), account("cleo", { device: "phone-1" })],
    });
    await begin(one, [job("a"), job("b"), job("c", of("cleo")), job("d", of("dora"))], given);
    const before = await one.claims.demand();
    assert.deepEqual([before.anyPhone, [...before.boundTo], before.wakeAt], [1, [["phone-1", 2]], null]);
    const claim = await take(one, given, on("phone-1"));
    assert.equal(claim.job.account, "anna");
    const during = await one.claims.demand();
    assert.deepEqual([during.anyPhone, [...during.boundTo]], [1, [["phone-1", 1]]]);
    pass(millis(1));
  });

  that("a port is leased once, over all campaigns, until its campaign gives its ports up", async ({ one, fixture }) => {
    const two = (await fixture.second()).campaign("two");
    assert.deepEqual([await one.fleet.leasePort(17_200, "m1"), await one.fleet.leasePort(17_200, "m1")], [true, false]);
    assert.deepEqual([await two.fleet.leasePort(17_200, "m2"), await two.fleet.leasePort(17_201, "m2")], [false, true]);
    await one.fleet.freePorts();
    assert.deepEqual([await two.fleet.leasePort(17_200, "m2"), await one.fleet.leasePort(17_201, "m1")], [true, false]);
  });

  that("a retry goes to a phone the job has not failed on, and comes back rather than starve", retryElsewhere);
}

async function outCase({ one, ledger, pass, now, events }: Parameters<Parameters<Case>[1]>[0]): Promise<void> {
  await begin(one, [job("a")]);
  const until = later(now(), MINUTE);
  await ledger.devices.takeOut(P1, { by: "run", cause: "device_offline", reason: "3 failures in a row", until });
  const wait = { next: "wait" as const, until };
  const claimed = await one.claims.claim(on("phone-1"), settings());
  assert.deepEqual(claimed.next === "wait" && { next: claimed.next, until: claimed.until }, wait);
  const peeked = await one.claims.peek(settings(), ["phone-1"]);
  assert.equal(peeked.next, "wait");
  assert.deepEqual(await one.fleet.take(P1, "m1"), { ok: false, why: "out", until });
  assert.deepEqual([...(await one.claims.demand()).out], [["phone-1", until]]);
  pass(MINUTE);
  assert.deepEqual(await one.fleet.take(P1, "m1"), { ok: true });
  await ledger.devices.takeOut(P1, { by: "person", cause: "by_person", reason: "screen broken", until: null });
  assert.equal(await ask(one, settings(), on("phone-1")), "none");
  assert.equal(await ledger.devices.putBack("phone-1", "person"), true);
  assert.equal(await ledger.devices.putBack("phone-1", "person"), false);
  assert.equal(await ask(one, settings(), on("phone-1")), "a");
  const told = events.filter((e) => e.type === "device.quarantined" || e.type === "device.returned");
  assert.deepEqual(
    told.map((e) => [e.type, e.by]),
    [
      ["device.quarantined", "run"],
      ["device.quarantined", "person"],
      ["device.returned", "person"],
    ],
  );
  assert.equal(instant(Date.parse(told[0]?.type === "device.quarantined" ? (told[0].until ?? "") : "")), until);
}

async function retryElsewhere({ one }: { one: CampaignLedger }): Promise<void> {
  const both = ["phone-1", "phone-2"];
  await begin(one, [job("a"), job("b", of("bert"))]);
  await settle(one, await take(one, settings(), on("phone-1", both)), LOST);
  await settle(one, await take(one, settings(), on("phone-1", both)), POSTED);
  await one.runs.closePass(await one.runs.openPass(3), "retryable_remaining");
  await one.runs.requeue(settings().retry);
  await one.runs.openPass(3);
  assert.equal(await ask(one, settings(), on("phone-1", both)), "none", "it failed here; the other has not tried it");
  assert.equal((await one.claims.peek(settings(), ["phone-1"], both)).next, "none", "a look says the same");
  const second = await take(one, settings(), on("phone-2", both));
  assert.equal(second.job.id, "a");
  await settle(one, second, LOST);
  await one.runs.closePass(await one.runs.openPass(3), "retryable_remaining");
  await one.runs.requeue(settings().retry);
  await one.runs.openPass(3);
  assert.equal(await ask(one, settings(), on("phone-1", both)), "a", "it has failed on all of them");
}
