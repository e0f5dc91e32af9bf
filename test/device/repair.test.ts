// `accounts repair` as a person has it: the real command, a stand-in account with simulated phones, a real adb.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { Ended, Running } from "../e2e/world.ts";
import { CloudWorld, TOKEN } from "./cloud-world.ts";

const env = { GEELARK_TOKEN: TOKEN };

/** Two accounts on a phone; the first is held, with a job of its own. */
async function heldWorld(t: TestContext) {
  const world = await new CloudWorld(t, { phones: 1, accountsPerPhone: 2, jobs: 2 }).built();
  await world.run(["import", "jobs.jsonl"]);
  await world.run(["accounts", "hold", "acct1", "--reason", "asks for a code"]);
  return world;
}

type Line = Record<string, unknown>;
const lines = ({ out }: Ended): Line[] => out.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
const said = (ended: Ended, type: string) => lines(ended).find((line) => line.type === type);
const isReady = (running: Running) => running.event("repair.ready" as never);

async function standing(world: CloudWorld): Promise<[status: unknown, leased: number, on: number]> {
  const accounts = lines(await world.run(["accounts", "list", "--json"]));
  const devices = lines(await world.run(["devices", "list", "--json"], { env }));
  const leased = devices.filter((d) => d.campaign !== null).length;
  return [accounts.find((a) => a.account === "acct1")?.status, leased, world.cost().stillOn.length];
}

test("a repair tells how to reach the phone, looks, and releases the account once it is well; the phone is given back", async (t) => {
  const world = await heldWorld(t);
  await world.bodies[0]?.obey({ do: "account", name: "acct2" });
  const unwell = await world.repair("acct1", "--wait", "0").end;
  assert.equal(unwell.code, 8, unwell.err);
  assert.equal(said(unwell, "repair.checked")?.cause, "logged_out");
  assert.deepEqual(await standing(world), ["held", 0, 0]);
  await world.bodies[0]?.obey({ do: "account", name: "acct1,acct2" });
  const ended = await world.repair("acct1", "--wait", "0").end;
  assert.equal(ended.code, 0, ended.err);
  const ready = said(ended, "repair.ready");
  assert.match(String(ready?.connect), /^ANDROID_ADB_SERVER_PORT=\d+ scrcpy --serial 127\.0\.0\.1:\d+$/);
  assert.match(String(ready?.page), /^https:/);
  assert.equal(said(ended, "repair.checked")?.result, "fine");
  assert.equal(said(ended, "account.released")?.jobs_released, 1);
  assert.deepEqual(await standing(world), ["ok", 0, 0]);
  assert.deepEqual(world.census(), []);
});

test("a repair that is stopped gives the phone back; what a killed one left, the next sweep does; the hold stays", async (t) => {
  const world = await heldWorld(t);
  const stopped = world.repair("acct1", "--wait", "10m");
  await isReady(stopped);
  stopped.signal("SIGINT");
  assert.equal((await stopped.end).code, 130);
  assert.deepEqual([world.cost().stillOn, world.census()], [[], []]);
  const killed = world.repair("acct1", "--wait", "10m");
  await isReady(killed);
  await killed.killHard();
  assert.deepEqual(await standing(world), ["held", 1, 1]);
  await world.run(["sweep", "--yes"], { env });
  assert.deepEqual(await standing(world), ["held", 0, 0]);
  assert.deepEqual(world.census(), []);
});
