// kill -9 of a run over cloud phones, at each of its steps and at each of theirs: ten seconds after the next start no phone that was
// on then is still on, and in the end each post is out once. Some steps alone: REPRISE_POINT=intent.committed.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import test, { after } from "node:test";
import { FAILPOINTS } from "../../src/failpoint/names.ts";
import type { LogEntry } from "../../src/sim/geelark/log.ts";
import { CloudWorld, TOKEN, warnings } from "../device/cloud-world.ts";
import { until } from "../e2e/world.ts";

const env = { GEELARK_TOKEN: TOKEN };
const SIZE = { phones: 2, accountsPerPhone: 1, jobs: 4 };
const FLAGS = ["--workers", "2", "--retry-delay", "0.2"];
const LONGEST_S = 10;
const rows: { at: string; on: number; off_after_s: number | null }[] = [];
after(() => {
  const kills = rows.filter(({ off_after_s }) => off_after_s !== null);
  const slowest = Math.max(0, ...kills.map(({ off_after_s }) => off_after_s ?? 0));
  const total = { kills: rows.length, with_phones_on: kills.length, slowest_s: slowest };
  console.log(`cloud kills: ${JSON.stringify(total)}\n${rows.map((row) => JSON.stringify(row)).join("\n")}`);
});

const wanted = (name: string) => process.env.REPRISE_POINT?.split(",").includes(name) ?? true;

for (const [name, note] of Object.entries(FAILPOINTS)) {
  if (note.in !== "orchestrator" || !wanted(name)) continue;
  test(`killed at ${name}: no phone of ours stays on`, async (t) => {
    const world = await new CloudWorld(t, SIZE).built();
    const folder = `${world.dir}/failpoints`;
    const arms = { REPRISE_FAILPOINTS: `${name}=kill`, REPRISE_FAILPOINTS_DIR: folder };
    const { signal } = await world.start([...world.runArgs(), ...FLAGS], {
      env: { ...env, ...arms, REPRISE_FAILPOINTS_MEANT: "yes, break this run" },
    }).end;
    if (!existsSync(`${folder}/${name}.1`)) return t.skip("a run like this one does not come by there");
    assert.equal(signal, "SIGKILL");
    await comesHome(world, name);
  });
}

/** What the stand-in saw last before the kill. */
const moments: [what: string, is: (entry: LogEntry) => boolean][] = [
  ["a phone is told to start", ({ at }) => at === "on"],
  ["adb is asked for", (e) => e.at === "request" && e.path.endsWith("/adb/setStatus")],
  ["adb's door is told", (e) => e.at === "request" && e.path.endsWith("/adb/getData")],
  ["a phone is told to stop", (e) => e.at === "request" && e.path.endsWith("/phone/stop")],
  ["a phone is off", ({ at }) => at === "off"],
];
for (const [what, is] of moments) {
  if (!wanted(what)) continue;
  test(`killed when ${what}: no phone of ours stays on`, async (t) => {
    const world = await new CloudWorld(t, { ...SIZE, startMs: 600, adbMs: 300 }).built();
    const running = world.cloud("jobs.jsonl", ...FLAGS);
    await until(what, () => world.server.log.some(is));
    await running.killHard();
    await comesHome(world, what);
  });
}

for (const step of ["repair.bringing", "repair.ready", "repair.checking"]) {
  if (!wanted(step)) continue;
  test(`a repair killed at ${step}: no phone of ours stays on`, async (t) => {
    const world = await new CloudWorld(t, SIZE).built();
    await world.run(["import", "jobs.jsonl"]);
    await world.run(["accounts", "hold", "acct1"]);
    const repair = world.repair("acct1", "--wait", step === "repair.checking" ? "0" : "10m");
    await repair.event(step as never);
    await repair.killHard();
    await world.run(["accounts", "release", "acct1"]);
    await comesHome(world, step);
  });
}

/** The next start, and the phones that were on before it. */
async function comesHome(world: CloudWorld, at: string): Promise<void> {
  const on = world.cost().stillOn;
  const from = world.server.log.length;
  const began = performance.now();
  const running = world.cloud("jobs.jsonl", ...FLAGS);
  const isOff = (id: string) => world.server.log.slice(from).some((e) => e.at === "off" && e.phone === id);
  let offAfter: number | null = null;
  if (on.length > 0) {
    await until("the phones to be off", () => on.every(isOff));
    offAfter = Number(((performance.now() - began) / 1000).toFixed(1));
  }
  rows.push({ at, on: on.length, off_after_s: offAfter });
  const { final, events } = await running.end;
  const posted = world.posted();
  const told = `${final?.final_result}: ${warnings(events).join("; ")}`;
  assert.deepEqual([posted.length, new Set(posted).size], [4, 4], told); // by this start or the one before
  assert.deepEqual([world.cost().stillOn, world.census()], [[], []]);
  assert.ok((offAfter ?? 0) <= LONGEST_S, `off after ${offAfter} s`);
}
