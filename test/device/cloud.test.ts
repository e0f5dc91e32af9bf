// A small fleet in the cloud, end to end. Larger ones: test/full/cloud.full.ts.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { until } from "../e2e/world.ts";
import { CloudWorld, POSTER, TOKEN, warnings } from "./cloud-world.ts";

const env = { GEELARK_TOKEN: TOKEN };

test("a small cloud fleet comes home in two passes: each post once, each phone started once, none left on, no secret told", async (t) => {
  const world = await new CloudWorld(t, { phones: 3, accountsPerPhone: 2, jobs: 12 }).built();
  // what stays on over the pause between passes can be used after it
  const fails = "[ $REPRISE_JOB_ID-$REPRISE_PASS = j1-1 ] && exit 69";
  const exec = `env >>${world.dir}/environment; ${fails}; exec ${POSTER}`;
  const running = world.cloud("jobs.jsonl", "--workers", "3", "--retry-delay", "0.2", "--exec", exec);
  await running.event("device.ready");
  const { phones } = (await world.status()) as { phones: { on: object[] } };
  assert.ok(phones.on.length > 0, "status tells phones that are on");
  const ended = await running.end;
  world.assertHome(ended);
  const { pass_count, attempts } = ended.final;
  assert.deepEqual([pass_count, attempts, world.cost().starts], [2, 13, 3], "one start a phone");
  const spent = ended.events.find((e) => e.type === "device.minutes");
  assert.equal(spent?.phones.length, 3);
  assert.deepEqual([warnings(ended.events), ended.events.filter((e) => e.type === "sweep.done")], [[], []]);
  const environment = readFileSync(`${world.dir}/environment`, "utf8");
  assert.ok(
    environment.includes("REPRISE_ACTION=post") && !environment.includes(TOKEN),
    "posters do not get the token",
  );
  const listed = await world.run(["devices", "list"], { env });
  assert.match(listed.out, /^phone-1 +off +idle +\d\.\d in the run +acct1, acct2/m);
});

test("a phone that won't start at first, one that is told to stop twice, and an outage cost no job a retry", async (t) => {
  const world = await new CloudWorld(t, { phones: 2, accountsPerPhone: 1, jobs: 4 }).built();
  const [first, second] = world.server.phones.all();
  if (first === undefined || second === undefined) throw new Error("two phones were asked for");
  first.faults.startCodes = [43_020];
  second.faults.ignoresStops = 1;
  const running = world.cloud("jobs.jsonl", "--workers", "1");
  await running.event("attempt.started");
  world.server.faults.outage = { until: Number.POSITIVE_INFINITY, how: "503" };
  const opened = await running.event("outage.opened");
  assert.deepEqual([opened.provider, opened.cause, opened.devices], ["geelark", "provider_error", 2]);
  world.server.faults.outage = null;
  const ended = await running.end;
  world.assertHome(ended);
  const closed = ended.events.find((e) => e.type === "outage.closed");
  assert.equal(closed?.provider, "geelark");
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
  const swept = await world.run(["sweep", "--yes"], { env });
  assert.deepEqual(world.cost().stillOn, []);
  assert.equal(swept.out.match(/phone phone-1 stopped/g)?.length, 1);
  assert.notEqual(world.server.phones.status(stranger), 2);
});

test("after a kill reprise verify has the phone at once, and a stop during its look switches it off", async (t) => {
  const world = await new CloudWorld(t, { phones: 1, accountsPerPhone: 1, jobs: 1 }).built();
  const past = `printf '{"type":"publishing"}\\n' >&3; read -r go <&4; touch past; until [ -e over ]; do sleep 0.05; done; exit 1`;
  const running = world.cloud("jobs.jsonl", "--exec", past);
  await until("the go", () => existsSync(join(world.dir, "past")));
  await running.killHard();
  world.write("over", "");
  assert.equal(world.cost().stillOn.length, 1);
  const verify = (look: string) =>
    world.start(["verify", "--json", "--exec", POSTER, "--verify-exec", look, "--settle", "0"], { env });
  const stopped = verify("touch looking; sleep 600");
  await until("the look", () => existsSync(join(world.dir, "looking")));
  stopped.signal("SIGTERM");
  assert.equal((await stopped.end).code, 143);
  assert.deepEqual([world.cost().stillOn, world.census()], [[], []]);
  const { code, events } = await verify("same").end;
  assert.deepEqual([code, warnings(events)], [6, []]);
  assert.equal(events.find((e) => e.type === "job.verified")?.result, "settling");
  assert.deepEqual([world.cost().stillOn, world.cost().starts, world.posted()], [[], 3, []]);
});
