// Starts that race for one campaign: in each race exactly one runs. Another number of races: REPRISE_RACES=1000.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { EXEC, jobs, once, QUICK, until, World } from "../e2e/world.ts";

const races = Number(process.env.REPRISE_RACES ?? 200);
const lanes = Number(process.env.REPRISE_LANES ?? 2);
const STARTERS = 3;

async function race(t: TestContext): Promise<void> {
  const w = new World(t, jobs(1), { j1: ["at there + ok"] });
  const all = Array.from({ length: STARTERS }, () =>
    w.start(["run", "jobs.jsonl", "--json", "--exec", EXEC, ...QUICK, "--workers", "1"]),
  );
  await w.reached("there");
  await until("the others' end", () => all.filter((r) => r.child.exitCode !== null).length === STARTERS - 1);
  w.open("there");
  const codes = (await Promise.all(all.map((r) => r.end))).map((e) => e.code).sort();
  assert.deepEqual(codes, [0, 75, 75]);
  once(w, ["j1"]);
  assert.deepEqual(w.census(), []);
}

test(`${races} races of ${STARTERS} starts: one runs each time`, { concurrency: lanes }, async (t) => {
  await Promise.all(Array.from({ length: races }, (_, i) => t.test(`race ${i + 1}`, race)));
});
