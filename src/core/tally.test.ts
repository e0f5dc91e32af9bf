import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { CATEGORIES } from "./failure.ts";
import { JOB_STATES } from "./job.ts";
import { NO_COUNTS, NO_STATS, type TallyRow, tally } from "./tally.ts";

const row = (state: TallyRow["state"], n: number, category: TallyRow["category"] = null, inScope = true): TallyRow => ({
  inScope,
  state,
  category,
  n,
});

test("an empty campaign counts nothing, nor does a pass without tries", () => {
  for (const counts of [NO_COUNTS, NO_STATS]) assert.ok(Object.values(counts).every((n) => n === 0));
  assert.deepEqual(tally([]), NO_COUNTS);
});

test("failures are counted in all and by category; a category that is left of an earlier failure counts for nothing", () => {
  const counts = tally([
    row("failed", 2, "account"),
    row("failed", 3, "unknown"),
    row("failed", 1),
    row("success", 4, "unknown"),
  ]);
  assert.deepEqual(counts, { ...NO_COUNTS, total: 10, failed: 6, failed_account: 2, failed_unknown: 3, success: 4 });
});

test("jobs outside --accounts are told apart and count for nothing else", () => {
  assert.deepEqual(tally([row("pending", 7, null, false), row("pending", 1)]), {
    ...NO_COUNTS,
    total: 1,
    pending: 1,
    out_of_scope: 7,
  });
});

test("every job is counted in exactly one state, however the standing is cut into lines", () => {
  const rows = fc.array(
    fc.record({
      inScope: fc.boolean(),
      state: fc.constantFrom(...JOB_STATES),
      category: fc.constantFrom(null, ...CATEGORIES),
      n: fc.nat(50),
    }),
  );
  return fc.assert(
    fc.property(rows, (lines) => {
      const counts = tally(lines);
      const inStates = JOB_STATES.reduce((sum, state) => sum + counts[state], 0);
      assert.equal(counts.total, inStates);
      assert.equal(
        counts.total + counts.out_of_scope,
        lines.reduce((sum, line) => sum + line.n, 0),
      );
      const byCategory = CATEGORIES.reduce((sum, category) => sum + counts[`failed_${category}`], 0);
      assert.ok(byCategory <= counts.failed);
    }),
  );
});
