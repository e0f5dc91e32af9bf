import assert from "node:assert/strict";
import test from "node:test";
import type { Attempt } from "./attempt.ts";
import type { Category, Failure } from "./failure.ts";
import { countForHalt, decideHalt, type HaltCounts, NO_HALT_COUNTS } from "./halt.ts";
import type { HaltRule } from "./settings.ts";

const judged = { rule: "r", why: "w", rateLimited: false, cooldownMs: null, retryAfterMs: null };
const failure = (category: Category, cause = "x"): Failure => ({
  category,
  cause,
  ...judged,
  evidence: { message: "m" },
});
const failed = (category: Category, cause?: string): Attempt => ({
  phase: "failed",
  failure: failure(category, cause),
});
const POSTED: Attempt = { phase: "posted", url: null };

/** Job and end of each attempt, one after the other. */
const after = (...ends: [job: string, end: Attempt][]): HaltCounts =>
  ends.reduce((counts, [job, end]) => countForHalt(counts, job, end), NO_HALT_COUNTS);
const times = (n: number, end: Attempt) => Array.from({ length: n }, (_, i): [string, Attempt] => [`j${i}`, end]);

test("what is counted: ends that are no cancellation, failures among them, setup causes by job", () => {
  const counts = after(
    ["a", POSTED],
    ["b", { phase: "cancelled", reason: "stopped" }],
    ["c", { phase: "unconfirmed", failure: failure("infrastructure") }],
    ["d", failed("unknown")],
    ["e", failed("setup", "no_sdk")],
  );
  assert.deepEqual([counts.finished, counts.failed], [4, 2]);
  assert.deepEqual([...counts.setups], [["no_sdk", new Set(["e"])]]);
});

const setups: [why: string, counts: HaltCounts, halts: boolean][] = [
  ["a lone one", after(["a", failed("setup", "no_sdk")]), false],
  ["the same job again", after(["a", failed("setup", "no_sdk")], ["a", failed("setup", "no_sdk")]), false],
  ["two jobs, two causes", after(["a", failed("setup", "no_sdk")], ["b", failed("setup", "no_driver")]), false],
  ["two jobs, one cause", after(["a", failed("setup", "no_sdk")], ["b", failed("setup", "no_sdk")]), true],
];
for (const [why, counts, halts] of setups)
  test(`setup failures, ${why}: ${halts ? "halts at once" : "goes on"}`, () => {
    const halt = { next: "halt", reason: "setup failure: no_sdk (a, b)", now: true };
    assert.deepEqual(decideHalt(null, counts), halts ? halt : { next: "go_on" });
  });

const rules: [why: string, rule: HaltRule, counts: HaltCounts, reason: string | null][] = [
  ["no rule", null, after(...times(9, failed("unknown"))), null],
  ["one less than the count", { when: "soon", fail: 3, unit: "count" }, after(...times(2, failed("unknown"))), null],
  [
    "the count itself",
    { when: "soon", fail: 3, unit: "count" },
    after(...times(3, failed("unknown"))),
    "3 attempts failed (--halt soon,fail=3)",
  ],
  [
    "a single one in words",
    { when: "now", fail: 1, unit: "count" },
    after(["a", failed("content")]),
    "1 attempt failed (--halt now,fail=1)",
  ],
  [
    "a percentage of two failures means nothing",
    { when: "soon", fail: 50, unit: "percent" },
    after(...times(2, failed("unknown"))),
    null,
  ],
  [
    "exactly the percentage",
    { when: "soon", fail: 50, unit: "percent" },
    after(...times(3, failed("unknown")), ...times(3, POSTED)),
    "3 attempts failed (--halt soon,fail=50 %)",
  ],
  [
    "just below it",
    { when: "soon", fail: 50, unit: "percent" },
    after(...times(100, failed("unknown")), ...times(101, POSTED)),
    null,
  ],
];
for (const [why, rule, counts, reason] of rules)
  test(`--halt, ${why}: ${reason ?? "goes on"}`, () => {
    const decided = decideHalt(rule, counts);
    if (reason === null) assert.deepEqual(decided, { next: "go_on" });
    else assert.deepEqual(decided, { next: "halt", reason, now: rule?.when === "now" });
  });
