// The STF provider against its stand-in, with simulated phones behind a real adb.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { millis } from "../../src/core/ids.ts";
import { AdbDevices } from "../../src/devices/adb/adb-devices.ts";
import { devicesContract, faultOf, given } from "../../src/devices/devices.contract.ts";
import { StartedHere } from "../../src/devices/started-phones.ts";
import { StfApi } from "../../src/devices/stf/stf-api.ts";
import { StfDevices, type StfDevicesOptions } from "../../src/devices/stf/stf-devices.ts";
import { nodeClock } from "../../src/host/node/node-host.ts";
import { StfServer } from "../../src/sim/stf/stf-server.ts";
import { adbBeside } from "./adb-world.ts";
import { addFarmPhones } from "./stf-world.ts";

const never = new AbortController().signal;

async function farm(t: TestContext) {
  const beside = await adbBeside(t);
  const server = new StfServer();
  t.after(() => server.close());
  const phones = await addFarmPhones(server, ["anna", "bea"], null);
  const url = await server.listen();
  const adb = new AdbDevices(beside.options);
  t.after(() => adb.close());
  const api = (token = "stand-in-token") => new StfApi({ url, token, clock: nodeClock });
  const devices = (more: Partial<StfDevicesOptions> = {}) =>
    new StfDevices({
      api: api(),
      url,
      adb,
      clock: nodeClock,
      phones: null,
      started: new StartedHere(),
      deadlines: { ready: millis(2500), poll: millis(100) },
      ...more,
    });
  return { server, url, phones, devices, api };
}

devicesContract("stf", async (t) => {
  const { devices, phones, server } = await farm(t);
  const [phone] = phones;
  const inFarm = server.phones.get("FARM1");
  if (phone === undefined || inFarm === undefined) throw new Error("two phones were asked for");
  return {
    devices: devices(),
    id: "FARM1",
    other: "FARM2",
    serial: phone.state().serial,
    account: "anna",
    async be(how) {
      inFarm.present = how !== "gone";
      if (how === "gone") await phone.obey({ do: "gone" });
      else if (how === "frozen") await phone.obey({ do: "freeze" });
      else if (how === "unauthorized") await phone.obey({ do: "welcome", how });
      else {
        await phone.obey({ do: "welcome", how: "accept" });
        await phone.obey({ do: "thaw" });
        await phone.obey({ do: "back" });
      }
    },
  };
});

test("a phone that somebody else has is busy, and never given back for them", async (t) => {
  const { server, devices } = await farm(t);
  server.users.set("persons-token", "olga@farm.invalid");
  for (const owner of ["olga@farm.invalid", "fleet@farm.invalid"]) {
    server.addPhone("THEIRS", { owner });
    const ours = devices();
    given(await ours.lease("THEIRS"));
    const fault = faultOf(await ours.start("THEIRS", never));
    assert.deepEqual([fault.kind, fault.cause, fault.scope], ["try_again", "device_busy", "phone"]);
    given(await ours.stop("THEIRS"));
    assert.deepEqual(server.held(), ["THEIRS"]);
  }
});

test("a phone that another token holds is not written down as ours", async (t) => {
  const { server, devices } = await farm(t);
  server.addPhone("THEIRS", { owner: "olga@farm.invalid" });
  const asked: string[] = [];
  const started = new StartedHere();
  started.beforeStart = async (id) => {
    asked.push(id);
    return { ok: true, value: undefined };
  };
  const ours = devices({ started });
  given(await ours.lease("THEIRS"));
  assert.equal(faultOf(await ours.start("THEIRS", never)).cause, "device_busy");
  assert.deepEqual(asked, []);
});

test("what an earlier start reserved is given back by its id", async (t) => {
  const { server, devices } = await farm(t);
  const started = new StartedHere();
  const before = devices({ started });
  given(await before.lease("FARM1"));
  given(await before.start("FARM1", never));
  assert.deepEqual(server.held(), ["FARM1"]);
  given(await devices({ started }).stop("FARM1"));
  assert.deepEqual(server.held(), []);
  assert.equal(await started.isOurs("FARM1"), false);
});

test("a wrong token is a matter of set-up, a farm that is down the provider's, and neither shows the token", async (t) => {
  const { server, devices, api } = await farm(t);
  const wrong = faultOf(await devices({ api: api("wrong-token") }).list());
  assert.deepEqual([wrong.kind, wrong.cause, wrong.scope], ["setup", "provider_auth", "provider"]);
  assert.match(wrong.message, /^GET \/devices: Bad Credentials \(HTTP 401\); check the provider's token$/);
  server.isDown = true;
  const down = faultOf(await devices().list());
  assert.deepEqual([down.kind, down.cause, down.scope], ["try_again", "provider_error", "provider"]);
});

test("a phone that the farm has no answer of is to be tried again", async (t) => {
  const { server, devices } = await farm(t);
  server.addPhone("MUTE", { isMute: true });
  const ours = devices();
  given(await ours.lease("MUTE"));
  const fault = faultOf(await ours.start("MUTE", never));
  assert.deepEqual([fault.kind, fault.cause, fault.scope], ["try_again", "device_timeout", "phone"]);
});
