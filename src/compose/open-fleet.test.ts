// What stops phones far away that were left on: a stand-in farm, a ledger in memory, no adb.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { JumpingClock } from "../../test/rig/run-rig.ts";
import { openCalendar } from "../calendar/temporal-calendar.ts";
import { millis } from "../core/ids.ts";
import { nodeHost } from "../host/node/node-host.ts";
import { settings } from "../ledger/contract/world.contract.ts";
import { newMemoryStore, openMemoryLedger } from "../ledger/memory/memory-ledger.ts";
import { StfServer } from "../sim/stf/stf-server.ts";
import { type FleetParts, stopLeft } from "./open-fleet.ts";

const P1 = { id: "FARM1", provider: "stf" };
const P2 = { id: "FARM2", provider: "stf" };

/** Two phones that campaign `one` left on. */
async function leftOn(t: TestContext) {
  const clock = new JumpingClock();
  const ledger = openMemoryLedger({ calendar: openCalendar(), now: () => clock.now() }, newMemoryStore());
  const server = new StfServer();
  t.after(() => server.close());
  const campaign = ledger.campaign("one");
  for (const phone of [P1, P2]) {
    await campaign.phoneTime.switchOn(phone);
    server.addPhone(phone.id, { owner: "fleet@farm.invalid" });
  }
  process.env.OPEN_FLEET_TEST_TOKEN = "stand-in-token";
  const devices = {
    provider: "stf" as const,
    url: await server.listen(),
    secret: { env: "OPEN_FLEET_TEST_TOKEN" },
    appIdEnv: null,
    phones: null,
    group: null,
    tags: null,
    accountType: null,
    pollMs: millis(1000),
    idleMs: millis(1000),
    patienceMs: millis(1000),
    maxPhones: null,
    maxPhoneMinutes: null,
  };
  const warnings: string[] = [];
  const parts: FleetParts = {
    campaign,
    desk: ledger.devices,
    host: nodeHost(),
    mark: "m/1",
    prefix: "m/",
    reservePort: async () => () => {},
    onWarning: (message) => void warnings.push(message),
    onEvent: () => {},
  };
  return { ledger, campaign, server, warnings, stop: () => stopLeft(settings({ devices }), parts) };
}

test("phones left on far away are stopped, but for one that another campaign has: that is told", async (t) => {
  const { ledger, campaign, server, warnings, stop } = await leftOn(t);
  const other = ledger.campaign("two").fleet;
  await other.take({ ...P1, wasOn: false }, "m/2");
  assert.deepEqual(await stop(), ["FARM2"]);
  assert.deepEqual(server.held(), ["FARM1"]);
  assert.deepEqual(warnings, ["phone FARM1 was left on, and campaign two has it now: not stopped"]);
  await other.give("FARM1", null);
  assert.deepEqual(await stop(), ["FARM1"]);
  assert.deepEqual([server.held(), await campaign.phoneTime.on()], [[], []]);
});

test("phones that the campaign itself still leases from a start that is gone are stopped", async (t) => {
  const { campaign, server, warnings, stop } = await leftOn(t);
  await campaign.fleet.take({ ...P1, wasOn: false }, "m/0");
  assert.deepEqual((await stop()).toSorted(), ["FARM1", "FARM2"]);
  assert.deepEqual([server.held(), warnings], [[], []]);
});
