import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { DEMO_DAILY_LIMIT, demoPlan } from "./demo-plan.ts";
import { decideSimulated } from "./scenario.ts";
import { parseScenario } from "./scenario-file.ts";

test("whatever the seed, the demo has 40 jobs, the same faults, and room for each retry within the daily limit", () => {
  void fc.assert(
    fc.property(fc.nat(), (seed) => {
      const { jobs, scenario: text, accounts } = demoPlan(seed);
      assert.equal(new Set(jobs.map((j) => j.id)).size, 40);
      assert.equal(new Set(jobs.map((j) => j.account)).size, accounts);
      const scenario = parseScenario(text, "demo");
      assert.ok(scenario.ok, scenario.ok ? "" : scenario.error);
      const [suspended = ""] = Object.keys(scenario.value.accounts);
      const met = jobs.filter((j) => Object.hasOwn(scenario.value.jobs, j.id));
      assert.equal(met.length, 12);
      for (const { id, account } of met) {
        assert.notEqual(account, suspended);
        assert.equal(jobs.filter((j) => j.account === account).length, DEMO_DAILY_LIMIT);
        const attempt = { job: id, account, device: null, pass: 2, tried: 1, nth: 50, elapsedMs: 0 };
        assert.equal(decideSimulated(scenario.value, seed, attempt).outcome, "ok");
      }
    }),
    { numRuns: 50 },
  );
});

test("the same seed draws the same demo", () => {
  assert.deepEqual(demoPlan(5), demoPlan(5));
  assert.notDeepEqual(demoPlan(5), demoPlan(6));
});
