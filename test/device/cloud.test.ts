// A small fleet in the cloud, end to end.
import assert from "node:assert/strict";
import test from "node:test";
import { CloudWorld, TOKEN, warnings } from "./cloud-world.ts";

test("a small cloud fleet comes home: each post once, each phone started once, none left on", async (t) => {
  const world = await new CloudWorld(t, { phones: 3, accountsPerPhone: 2, jobs: 12 }).built();
  const ended = await world.cloud("jobs.jsonl", "--workers", "3").end;
  world.assertHome(ended);
  assert.equal(world.cost().starts, 3, "one start a phone");
  const spent = ended.events.find((e) => e.type === "device.minutes");
  assert.equal(spent?.phones.length, 3);
  assert.deepEqual(warnings(ended.events), []);
});

test("a phone that won't start at first, one that is told to stop twice, and an outage cost no job a retry", async (t) => {
  const world = await new CloudWorld(t, { phones: 2, accountsPerPhone: 1, jobs: 4 }).built();
  const [first, second] = world.server.phones.all();
  if (first === undefined || second === undefined) throw new Error("two phones were asked for");
  first.faults.startCodes = [43_020];
  second.faults.ignoresStops = 1;
  const running = world.cloud("jobs.jsonl", "--workers", "2");
  await running.event("attempt.started");
  world.server.faults.outage = { until: world.server.now() + 4000, how: "503" };
  const ended = await running.end;
  world.assertHome(ended);
  const charged = ended.events.filter((e) => e.type === "attempt.finished" && e.outcome !== "posted");
  assert.deepEqual(charged, []);
});

test("a kill leaves no phone on: the next sweep stops ours, and a stranger's stays", async (t) => {
  const world = await new CloudWorld(t, { phones: 2, accountsPerPhone: 1, jobs: 4 }).built();
  const { id: stranger } = world.server.addPhone(9, { name: "phone-9" });
  world.server.phones.start(stranger, "person");
  const running = world.cloud("jobs.jsonl", "--workers", "2");
  await running.event("device.ready");
  await running.killHard();
  assert.ok(world.cost().stillOn.length > 0);
  const began = performance.now();
  await world.run(["sweep", "--yes"], { env: { GEELARK_TOKEN: TOKEN } });
  assert.deepEqual(world.cost().stillOn, []);
  assert.ok(performance.now() - began < 30_000);
  assert.notEqual(world.server.phones.status(stranger), 2);
});

test("phone minutes that are used up end the run before another phone is started", async (t) => {
  const world = await new CloudWorld(t, { phones: 8, accountsPerPhone: 1, jobs: 8, speed: 600 }).built();
  const ended = await world.cloud("jobs.jsonl", "--workers", "1", "--max-phone-minutes", "0.1", "--retry-delay", "0")
    .end;
  assert.equal(ended.final.final_result, "halted", ended.err);
  assert.deepEqual(world.cost().stillOn, []);
});
