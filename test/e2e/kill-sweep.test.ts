// kill -9 at every failpoint of orchestrator, worker and poster, on the real command (5-faults-security 6, F01-F12). Here in
// chains: one campaign whose every start dies at the next point. Each point by itself, at its first, second and last hit, is
// test/full/kill-sweep.full.ts. The witness is the platform's own record.
import assert from "node:assert/strict";
import test from "node:test";
import { FAILPOINTS, type Failpoint } from "../../src/failpoint/names.ts";
import { Fire, type Script } from "../rig/fire.ts";
import { KILL_TABLE, type KillPoint } from "../rig/kill-table.ts";
import { until } from "./world.ts";

const FLAGS = "--retry-delay 0 --settle 0 --workers 2 --infra-retry-limit 1".split(" ");
const LATE: Record<string, Script[]> = { j8: ["fail", "ok"], j9: ["die-after", "ok"], j10: ["die-before", "ok"] };

const orchestrator = (Object.keys(FAILPOINTS) as Failpoint[]).filter((name) => FAILPOINTS[name].in === "orchestrator");
/** In the order a run meets them, but a point that is met only after a crash follows that crash. */
const CHAIN = orchestrator
  .filter((name) => KILL_TABLE[name].after === undefined)
  .flatMap((name) => [name, ...orchestrator.filter((next) => KILL_TABLE[next].after === name)]);

test(`reprise is killed at ${CHAIN.length} points, one after the other: the same run comes home, each job posted once`, async (t) => {
  const fire = new Fire(t, { jobs: 10, scripts: LATE, flags: FLAGS });
  for (const point of CHAIN) {
    const { signal, code } = await fire.run([{ point, hit: 1 }]);
    assert.equal(signal, "SIGKILL", `${point}: ended with ${code} instead\n${fire.story()}`);
  }
  fire.assertHome(await fire.home(), "after all of them");
  const passes = fire.events().flatMap((e) => (e.type === "pass.started" ? [e.pass] : []));
  assert.deepEqual(
    passes,
    passes.toSorted((a, b) => a - b),
    "a pass number never goes back",
  );
  assert.equal(Math.max(...passes), 2, `no pass more than without a kill\n${fire.story()}`);
});

test("workers and posters are killed at each of their points, in one run: it comes home by itself", async (t) => {
  const fire = new Fire(t, {
    jobs: 10,
    scripts: LATE,
    flags: "--retry-delay 0 --settle 0 --workers 2 --infra-retry-limit 20 --max-passes 20".split(" "),
  });
  const last = await fire.run(STRIKES);
  for (const { point, hit } of STRIKES)
    assert.ok(fire.hitsOf(point) >= hit, `${point} met ${fire.hitsOf(point)} times`);
  assert.equal(last.signal, null);
  fire.assertHome(last.code === 7 ? await fire.home() : last, "after all of them");
});

/** Spread, so that work is finished between two deaths. */
const STRIKES = (
  [
    ["worker.up", 1],
    ["worker.received", 2],
    ["worker.media", 3],
    ["worker.poster", 4],
    ["worker.step", 5],
    ["worker.asking", 5],
    ["worker.answered", 6],
    ["worker.went", 7],
    ["worker.posted", 5],
    ["worker.ended", 9],
    ["worker.reported", 10],
    ["worker.looking", 1],
    ["poster.started", 1],
    ["poster.stepped", 3],
    ["poster.asked", 4],
    ["poster.went", 4],
    ["poster.tapped", 4],
    ["poster.said", 4],
    ["poster.looking", 2],
  ] as [KillPoint, number][]
).map(([point, hit]) => ({ point, hit }));

const orphaned = (Object.keys(FAILPOINTS) as Failpoint[]).flatMap((point) => {
  const { beside } = KILL_TABLE[point];
  return beside === undefined ? [] : [{ point, beside }];
});

test(`reprise is killed, then its orphaned worker too, at ${orphaned.length} points: what it knew is found or looked for`, async (t) => {
  const fire = new Fire(t, { jobs: 5, flags: FLAGS });
  for (const { point, beside } of orphaned) {
    const { signal } = await fire.run([
      { point: beside, hit: 1 },
      { point, hit: 1 },
    ]);
    assert.equal(signal, "SIGKILL", fire.story());
    await until(`a death at ${point}`, () => fire.hitsOf(point) > 0);
  }
  fire.assertHome(await fire.home(), "after all of them");
});

test("workers that die at once, time and again: the run halts, no job is burnt, and the next start goes on", async (t) => {
  const fire = new Fire(t, { jobs: 3, flags: [...FLAGS, "--infra-retry-limit", "0"] });
  const strikes = Array.from({ length: 20 }, (_, i) => ({ point: "worker.up" as const, hit: i + 1 }));
  const { code, err } = await fire.run(strikes);
  assert.equal(code, 7, err);
  assert.equal(fire.hitsOf("worker.up"), 10, "two slots, five tries each");
  assert.equal(fire.log().filter((e) => e.type === "attempt.started").length, 0);
  fire.assertHome(await fire.home(), "after the loop");
});
