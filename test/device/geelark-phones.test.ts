// GeeLark's phones by their id alone, and what is known of one that was to be started: against the stand-in, in its time. No adb.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { millis } from "../../src/core/ids.ts";
import type { AdbSide } from "../../src/devices/adb-side.ts";
import { faultOf, given } from "../../src/devices/devices.contract.ts";
import { GeelarkApi } from "../../src/devices/geelark/geelark-api.ts";
import { GeelarkDevices } from "../../src/devices/geelark/geelark-devices.ts";
import type { PhoneChoice } from "../../src/devices/geelark/phone-book.ts";
import { StartedHere } from "../../src/devices/started-phones.ts";
import { GeelarkServer } from "../../src/sim/geelark/geelark-server.ts";
import { JumpingClock } from "../rig/run-rig.ts";

const never = new AbortController().signal;
const OFF = 2;

/** No phone gets so far that adb is asked. */
const unasked = () => assert.fail("adb was asked");
const NO_ADB: AdbSide = {
  port: 0,
  reach: unasked,
  shell: unasked,
  health: unasked,
  confirm: unasked,
  clear: unasked,
  stop: unasked,
  close: async () => {},
};

async function world(t: TestContext) {
  const clock = new JumpingClock();
  const server = new GeelarkServer({ now: () => clock.now(), startMs: 1000 });
  t.after(() => server.close());
  const url = await server.listen();
  const credentials = { kind: "token", token: server.secrets.token } as const;
  const started = new StartedHere();
  /** As a fresh start has it: nothing is known but what the ledger says. */
  const devices = (choice: PhoneChoice) =>
    new GeelarkDevices({
      api: new GeelarkApi({ url, credentials, clock }),
      adb: NO_ADB,
      clock,
      choice,
      started,
      deadlines: { poll: millis(100), stop: millis(3000), gather: millis(5) },
    });
  const leftOn = async (...phones: { id: string; name: string }[]) => {
    for (const { id, name } of phones) {
      await started.beforeStart(name);
      server.phones.start(id);
    }
  };
  const lists = () => server.log.filter((e) => e.at === "request" && e.path === "/open/v1/phone/list").length;
  return { server, started, devices, leftOn, lists };
}

test("a phone that was left on is found by the name it has in its group, whoever has that name elsewhere", async (t) => {
  const { server, started, devices, leftOn, lists } = await world(t);
  const ours = server.addPhone(1, { name: "anna", group: "posting" });
  const theirs = server.addPhone(2, { name: "anna", group: "others" });
  server.phones.start(theirs.id, "person");
  await leftOn(ours);
  given(await devices({ phones: null, group: "posting" }).stop("anna"));
  assert.equal(server.phones.status(ours.id), OFF);
  assert.notEqual(server.phones.status(theirs.id), OFF);
  assert.deepEqual([await started.isOurs("anna"), lists()], [false, 1]);
});

test("so is one that the config no longer names among the phones that take part", async (t) => {
  const { server, devices, leftOn } = await world(t);
  const ours = server.addPhone(1, { name: "anna", group: "posting" });
  server.addPhone(2, { name: "anna", group: "others" });
  await leftOn(ours);
  given(await devices({ phones: ["bea"], group: "posting" }).stop("anna"));
  assert.equal(server.phones.status(ours.id), OFF);
});

test("many phones that were left on outside the filter cost one list of the account", async (t) => {
  const { server, devices, leftOn, lists } = await world(t);
  const left = Array.from({ length: 5 }, (_, n) => server.addPhone(n + 1, { group: "before" }));
  await leftOn(...left);
  const now = devices({ phones: null, group: "posting" });
  for (const answer of await Promise.all(left.map(({ name }) => now.stop(name)))) given(answer);
  assert.ok(left.every(({ id }) => server.phones.status(id) === OFF));
  assert.equal(lists(), 2, "behind the filter, then all");
});

test("a phone that the answer to its start says nothing of may run: it stays ours until it is stopped", async (t) => {
  const { server, started, devices } = await world(t);
  const { id, name } = server.addPhone(1, { faults: { startsUntold: 1 } });
  const ours = devices({ phones: null });
  given(await ours.lease(name));
  const fault = faultOf(await ours.start(name, never));
  assert.deepEqual([server.phones.status(id) === OFF, await started.isOurs(name)], [false, true]);
  assert.deepEqual([fault.kind, fault.cause, fault.scope], ["try_again", "provider_error", "phone"]);
  assert.match(fault.message, /phone phone-1: the provider's answer says nothing of it/);
  given(await ours.stop(name));
  assert.deepEqual([server.phones.status(id), await started.isOurs(name)], [OFF, false]);
});

test("a phone whose start is refused is not written down as on", async (t) => {
  const { server, started, devices } = await world(t);
  for (const [n, code] of [43_020, 49_999].entries()) {
    const { name } = server.addPhone(n + 1, { faults: { startCodes: [code] } });
    const ours = devices({ phones: null });
    given(await ours.lease(name));
    faultOf(await ours.start(name, never));
    assert.equal(await started.isOurs(name), false);
  }
});
