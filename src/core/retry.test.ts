import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import type { Attempt } from "./attempt.ts";
import { CATEGORIES, type Failure } from "./failure.ts";
import { instant, later, type Millis, millis, minutes } from "./ids.ts";
import {
  afterNoGo,
  decideSettlement,
  mayRetry,
  NOTHING_SPENT,
  RATE_LIMIT_ANSWERS,
  type RetryPolicy,
  type Spent,
} from "./retry.ts";

const now = instant(1_000_000);
const policy: RetryPolicy = { infrastructure: 3, unknown: 2 };

function failure(category: Failure["category"], more: Partial<Failure> = {}): Failure {
  const judged = { cause: "x", rule: "r", why: "w", rateLimited: false, cooldownMs: null, retryAfterMs: null };
  return { category, ...judged, evidence: { message: "m" }, ...more };
}
const failed = (f: Failure): Attempt => ({ phase: "failed", failure: f });
const settle = (a: Attempt, spent: Spent = NOTHING_SPENT) => decideSettlement(a, spent, now);

const table: [why: string, attempt: Attempt, job: string, charge: string | null, holds: boolean][] = [
  ["posted", { phase: "posted", url: null }, "success", null, false],
  [
    "unconfirmed is not charged and not requeued",
    { phase: "unconfirmed", failure: failure("infrastructure") },
    "unconfirmed",
    null,
    false,
  ],
  ["an account failure holds the account", failed(failure("account")), "failed", null, true],
  ["a content failure spends nothing", failed(failure("content")), "failed", null, false],
  ["a setup failure burns nothing: back to pending", failed(failure("setup")), "parked", null, false],
  ["infrastructure spends its own counter", failed(failure("infrastructure")), "failed", "infrastructure", false],
  ["unknown spends its own counter", failed(failure("unknown")), "failed", "unknown", false],
  ["stopped by a person", { phase: "cancelled", reason: "stopped" }, "pending", null, false],
  ["our own crash", { phase: "cancelled", reason: "own_crash" }, "pending", null, false],
  ["the run halted", { phase: "cancelled", reason: "halted" }, "pending", null, false],
  ["no end was seen, before the intent", { phase: "running", step: "opening", opaque: false }, "pending", null, false],
  [
    "no end was seen of a silent poster",
    { phase: "running", step: "opening", opaque: true },
    "unconfirmed",
    null,
    false,
  ],
  ["no end was seen, after the intent", { phase: "publishing" }, "unconfirmed", null, false],
];
for (const [why, attempt, job, charge, holds] of table) {
  test(`an attempt is settled: ${why} -> ${job}`, () => {
    const s = settle(attempt);
    assert.deepEqual([s.job.state, s.charge, s.hold !== null], [job, charge, holds]);
    assert.equal(s.attempt, attempt);
  });
}

test("a held account carries its cause and, where it passes by itself, until when", () => {
  const f = failure("account", { cause: "action_blocked", cooldownMs: millis(5000) });
  assert.deepEqual(settle(failed(f)).hold, {
    cause: "action_blocked",
    reason: "m",
    cooldownUntil: later(now, millis(5000)),
  });
  assert.equal(settle(failed(failure("account", { cooldownMs: null }))).hold?.cooldownUntil, null);
  const wordy = failure("account", { evidence: { message: "m".repeat(1000) } });
  assert.equal(settle(failed(wordy)).hold?.reason.length, 300);
});

const limited = (retryAfterMs: Millis | null) => failed(failure("infrastructure", { rateLimited: true, retryAfterMs }));
const answered = (n: number): Spent => ({ ...NOTHING_SPENT, rateLimits: n });
const limits: [why: string, answers: number, asked: number | null, state: string, waitMs: number][] = [
  ["none given: half a minute", 0, null, "waiting", 30_000],
  ["none given: doubles", 1, null, "waiting", 60_000],
  ["none given: doubles again", 2, null, "waiting", 120_000],
  ["none given: five minutes at most", 8, null, "waiting", 300_000],
  ["the time asked for", 0, 7000, "waiting", 7000],
  ["five minutes are waited for", 0, 300_000, "waiting", 300_000],
  ["longer is deferred", 0, 300_001, "deferred", 300_001],
  ["0 is no time: backs off", 1, 0, "waiting", 60_000],
  ["a moment is a time", 1, 1, "waiting", 1],
  ["the ninth still waits", 8, 1000, "waiting", 1000],
  ["the tenth defers, for longer than a pass waits", 9, 1000, "deferred", 300_000],
  ["the tenth defers for the time asked for, if that is longer", 9, 900_000, "deferred", 900_000],
];
for (const [why, answers, asked, state, waitMs] of limits) {
  test(`told to slow down (answer ${answers + 1}): ${why}`, () => {
    const s = settle(limited(asked === null ? null : millis(asked)), answered(answers));
    assert.equal(s.job.state, state);
    assert.equal("until" in s.job ? s.job.until - now : null, waitMs);
    assert.deepEqual([s.charge, s.hold], ["rateLimits", null]);
    assert.equal("reason" in s.job ? s.job.reason : null, state === "deferred" ? "rate_limited" : null);
  });
}

test("a rate limit spends neither the infrastructure nor the unknown budget, for ever", () => {
  let spent = NOTHING_SPENT;
  let answers = 0;
  for (; answers < 100; answers++) {
    const s = settle(limited(null), spent);
    if (s.charge !== null) spent = { ...spent, [s.charge]: spent[s.charge] + 1 };
    if (s.job.state === "deferred") break;
  }
  assert.equal(answers + 1, RATE_LIMIT_ANSWERS);
  assert.deepEqual(spent, { infrastructure: 0, unknown: 0, rateLimits: RATE_LIMIT_ANSWERS });
});

test("an intent refused costs nothing: a duplicate is skipped, a twin is waited for, the rest is pending", () => {
  assert.deepEqual(afterNoGo("duplicate"), { state: "skipped", reason: "duplicate" });
  assert.deepEqual(afterNoGo("twin_unconfirmed"), { state: "held", by: "twin" });
  assert.deepEqual(afterNoGo("account_held"), { state: "held", by: "account" });
  for (const noGo of ["limit", "too_late", "stopping", "fenced", "verifying"] as const)
    assert.equal(afterNoGo(noGo).state, "pending");
});

test("3 retries are 4 attempts; account, content and setup are never retried", () => {
  const at = (infrastructure: number, unknown = 0): Spent => ({ infrastructure, unknown, rateLimits: 0 });
  assert.ok(mayRetry("infrastructure", at(3), policy) && !mayRetry("infrastructure", at(4), policy));
  assert.ok(mayRetry("unknown", at(0, 2), policy) && !mayRetry("unknown", at(0, 3), policy));
  assert.ok(!mayRetry("unknown", at(0, 1), { ...policy, unknown: 0 }));
  for (const never of ["account", "content", "setup"] as const) assert.ok(!mayRetry(never, at(0), policy));
});

test("whatever the attempts end in, no budget is exceeded and each category spends its own counter only", () => {
  const endings = fc.array(fc.tuple(fc.constantFrom(...CATEGORIES), fc.boolean()), { maxLength: 60 });
  const policies = fc.record({ infrastructure: fc.nat(5), unknown: fc.nat(5) });
  return fc.assert(
    fc.property(endings, policies, (list, allowed) => {
      const seen = { infrastructure: 0, unknown: 0 };
      let spent = NOTHING_SPENT;
      for (const [category, isLimit] of list) {
        const rateLimited = isLimit && category === "infrastructure";
        const s = settle(failed(failure(category, { rateLimited, retryAfterMs: minutes(1) })), spent);
        if (s.charge !== null) spent = { ...spent, [s.charge]: spent[s.charge] + 1 };
        if (!rateLimited && (category === "infrastructure" || category === "unknown")) seen[category]++;
        assert.deepEqual({ infrastructure: spent.infrastructure, unknown: spent.unknown }, seen);
        if (s.job.state === "deferred" || (s.job.state === "failed" && !mayRetry(category, spent, allowed))) break;
      }
      assert.ok(seen.infrastructure <= allowed.infrastructure + 1 && seen.unknown <= allowed.unknown + 1);
    }),
  );
});
