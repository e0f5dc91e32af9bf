// kill -9 at every failpoint of orchestrator, worker and poster, on the real command (5-faults-security 6, F01-F12). Here in
// chains: one campaign whose every start dies at the next point. Each point by itself, at its first, second and last hit, is
// test/full/kill-sweep.full.ts. The witness is the platform's own record.
import assert from "node:assert/strict";
import test from "node:test";
import { FAILPOINTS, type Failpoint } from "../../src/failpoint/names.ts";
import { Fire, type Script } from "../rig/fire.ts";
import { KILL_TABLE } from "../rig/kill-table.ts";

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
