import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import type { Failure } from "./failure.ts";
import { instant, millis, passNo } from "./ids.ts";
import {
  decideAfterPass,
  type FinalResult,
  type PassFacts,
  type PassPolicy,
  passDelay,
  restResult,
  settlingWait,
} from "./pass.ts";
import { decideSettlement, mayRetry, NOTHING_SPENT, type RetryPolicy, type Spent } from "./retry.ts";

const NOTHING: PassFacts = {
  stopAsked: false,
  halted: false,
  total: 9,
  retryable: 0,
  settling: 0,
  exhausted: 0,
  unconfirmed: 0,
  nonRetryable: 0,
  deferred: 0,
  held: 0,
};

type Case = [why: string, pass: number, facts: Partial<PassFacts>, want: FinalResult | "retryable_remaining"];
const table: Case[] = [
  ["everything posted or skipped", 1, {}, "all_complete"],
  ["a stop beats a halt", 1, { stopAsked: true, halted: true, retryable: 3 }, "interrupted"],
  ["a stop beats even a finished campaign", 3, { stopAsked: true }, "interrupted"],
  ["a halt beats what could be retried", 1, { halted: true, retryable: 3 }, "halted"],
  ["a halt beats out of passes", 3, { halted: true, retryable: 3 }, "halted"],
  ["something may be tried, passes left", 1, { retryable: 1, exhausted: 1, nonRetryable: 1 }, "retryable_remaining"],
  ["only a settling job, passes left", 2, { settling: 1, unconfirmed: 1 }, "retryable_remaining"],
  ["only a settling job, no pass left", 3, { settling: 1, unconfirmed: 1 }, "unconfirmed_remaining"],
  ["something may be tried, no pass left", 3, { retryable: 1, settling: 1, unconfirmed: 1 }, "max_passes_reached"],
  ["out of passes beats spent budgets", 3, { retryable: 1, exhausted: 5 }, "max_passes_reached"],
  ["more passes done than allowed (a lower --max-passes)", 5, { retryable: 1 }, "max_passes_reached"],
  ["spent budgets beat unconfirmed", 1, { exhausted: 1, unconfirmed: 1, nonRetryable: 1 }, "retries_exhausted"],
  ["unconfirmed beats hopeless", 1, { unconfirmed: 1, nonRetryable: 1 }, "unconfirmed_remaining"],
  ["hopeless beats deferred", 1, { nonRetryable: 1, deferred: 1, held: 1 }, "only_non_retryable"],
  ["one content failure alone is never complete", 1, { nonRetryable: 1 }, "only_non_retryable"],
  ["deferred to another day", 1, { deferred: 1 }, "deferred"],
  ["held by a person or behind a twin", 1, { held: 1 }, "deferred"],
];
for (const [why, pass, facts, want] of table) {
  test(`after pass ${pass} of 3: ${why} -> ${want}`, () => {
    const decision = decideAfterPass(passNo(pass), { ...NOTHING, ...facts }, { maxPasses: 3 });
    assert.equal(decision.result, want);
    assert.equal(decision.next, want === "retryable_remaining" ? "wait" : "stop");
  });
}

/** The table of 3-semantics 3.2 (3), line by line; the first that fits. */
const oracle: [fits: (f: PassFacts, pass: number, max: number) => boolean, result: string][] = [
  [(f) => f.stopAsked, "interrupted"],
  [(f) => f.halted, "halted"],
  [(f, pass, max) => (f.retryable > 0 || f.settling > 0) && pass < max, "retryable_remaining"],
  [(f) => f.retryable > 0, "max_passes_reached"],
  [(f) => f.exhausted > 0, "retries_exhausted"],
  [(f) => f.unconfirmed > 0, "unconfirmed_remaining"],
  [(f) => f.nonRetryable > 0, "only_non_retryable"],
  [(f) => f.deferred > 0 || f.held > 0, "deferred"],
  [() => true, "all_complete"],
];
const few = fc.integer({ min: 0, max: 2 });
const facts: fc.Arbitrary<PassFacts> = fc.record({
  stopAsked: fc.boolean(),
  halted: fc.boolean(),
  total: fc.constant(9),
  retryable: few,
  settling: few,
  exhausted: few,
  unconfirmed: few,
  nonRetryable: few,
  deferred: few,
  held: few,
});

test("whatever a pass left, the first line of the table that fits decides", () =>
  fc.assert(
    fc.property(facts, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), (f, pass, max) => {
      const want = oracle.find(([fits]) => fits(f, pass, max))?.[1];
      assert.equal(decideAfterPass(passNo(pass), f, { maxPasses: max }).result, want);
    }),
    { numRuns: 2000 },
  ));

test("all_complete is said exactly when no job is failed, unconfirmed, pending, held or deferred", () =>
  fc.assert(
    fc.property(facts, (f) => {
      const isOpen = f.retryable + f.exhausted + f.unconfirmed + f.nonRetryable + f.deferred + f.held > 0;
      const { result } = decideAfterPass(
        passNo(3),
        { ...f, stopAsked: false, halted: false, settling: 0 },
        { maxPasses: 3 },
      );
      assert.equal(result === "all_complete", !isOpen);
      if (f.retryable === 0) assert.equal(restResult(f), result);
    }),
  ));

test("a run ends within its passes, gives no job more attempts than its budgets, and never opens an empty pass", () => {
  const endings = fc.array(fc.constantFrom("infrastructure", "unknown", "account", "posted"), {
    minLength: 12,
    maxLength: 12,
  });
  const policies = fc.record({ infrastructure: fc.nat(4), unknown: fc.nat(3) });
  return fc.assert(
    fc.property(
      fc.array(endings, { minLength: 1, maxLength: 4 }),
      policies,
      fc.integer({ min: 1, max: 6 }),
      (jobs, policy, max) => {
        const run = playRun(jobs, policy, max);
        assert.ok(run.passes <= max);
        assert.ok(
          run.perPass.every((n) => n > 0),
          `attempts per pass ${run.perPass}`,
        );
        for (const [i, n] of run.attempts.entries())
          assert.ok(n <= policy.infrastructure + policy.unknown + 2, `job ${i}: ${n}`);
      },
    ),
  );
});

type Standing = { open: boolean; spent: Spent; failed: "infrastructure" | "unknown" | "account" | null; tried: number };

/** The pass loop without a shell: every job has a list of endings, one an attempt. */
function playRun(jobs: readonly string[][], policy: RetryPolicy, maxPasses: number) {
  const standing: Standing[] = jobs.map(() => ({ open: true, spent: NOTHING_SPENT, failed: null, tried: 0 }));
  const perPass: number[] = [];
  for (let pass = 1; ; pass++) {
    const tried = standing.filter((s) => s.open);
    for (const s of tried) tryOnce(s, jobs[standing.indexOf(s)]?.[s.tried] ?? "posted");
    perPass.push(tried.length);
    for (const s of standing) s.open = s.failed !== null && mayRetry(s.failed, s.spent, policy);
    const retryable = standing.filter((s) => s.open).length;
    const failed = standing.filter((s) => s.failed !== null && !s.open);
    const after: PassFacts = {
      ...NOTHING,
      retryable,
      exhausted: failed.filter((s) => s.failed !== "account").length,
      nonRetryable: failed.filter((s) => s.failed === "account").length,
    };
    const decision = decideAfterPass(passNo(pass), after, { maxPasses });
    if (decision.next === "stop") return { passes: pass, perPass, attempts: standing.map((s) => s.tried) };
  }
}

function tryOnce(s: Standing, ending: string): void {
  s.tried++;
  s.failed = ending === "infrastructure" || ending === "unknown" || ending === "account" ? ending : null;
  if (s.failed === null) return;
  const judged = { cause: "x", rule: "r", why: "w", rateLimited: false, cooldownMs: null, retryAfterMs: null };
  const failure: Failure = { category: s.failed, ...judged, evidence: { message: "m" } };
  const { charge } = decideSettlement({ phase: "failed", failure }, s.spent, instant(0));
  if (charge !== null) s.spent = { ...s.spent, [charge]: s.spent[charge] + 1 };
}

const plain: PassPolicy = { maxPasses: 3, delayMs: millis(30_000), backoff: 1, delayMaxMs: null, jitter: 0 };
const delays: [why: string, pass: number, policy: Partial<PassPolicy>, draw: number, want: number][] = [
  ["the delay itself", 1, {}, 0.9, 30_000],
  ["no backoff asked for: the same again", 5, {}, 0.9, 30_000],
  ["grows by the factor", 3, { backoff: 2 }, 0, 120_000],
  ["is capped", 3, { backoff: 2, delayMaxMs: millis(100_000) }, 0, 100_000],
  ["jitter down", 1, { jitter: 0.5 }, 0, 15_000],
  ["jitter up", 1, { jitter: 0.5 }, 0.75, 37_500],
  ["jitter up stays under the cap", 1, { jitter: 0.5, delayMaxMs: millis(31_000) }, 0.99, 31_000],
  ["no delay stays none, however it grows", 2000, { delayMs: millis(0), backoff: 10 }, 0.5, 0],
  ["growth without a cap ends at a day", 2000, { backoff: 10 }, 0.5, 86_400_000],
  ["a delay of two days is the user's to ask", 1, { delayMs: millis(172_800_000) }, 0.5, 172_800_000],
];
for (const [why, pass, policy, draw, want] of delays) {
  test(`the delay after pass ${pass}: ${why}`, () => {
    assert.equal(passDelay(passNo(pass), { ...plain, ...policy }, draw), want);
  });
}

const waits: [why: string, times: number[], delay: number, want: number | null][] = [
  ["nothing is settling", [], 30_000, null],
  ["one alone", [5_000], 30_000, 5_000],
  ["those that follow within the delay go together", [5_000, 20_000, 34_000], 30_000, 34_000],
  ["in whatever order they are", [34_000, 5_000, 36_000, 6_000], 30_000, 34_000],
  ["a later one has a wait of its own", [5_000, 36_000], 30_000, 5_000],
  ["no delay, no company", [5_000, 5_001], 0, 5_000],
];
for (const [why, times, delay, want] of waits) {
  test(`a look at settling posts is put off for company: ${why}`, () => {
    assert.equal(settlingWait(times.map(instant), millis(delay)), want);
  });
}
