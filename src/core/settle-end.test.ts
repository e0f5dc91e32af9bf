import assert from "node:assert/strict";
import test from "node:test";
import { OWN_RULES } from "./classify.ts";
import { instant } from "./ids.ts";
import type { NotPosted, PosterEnd, PosterExit, Reached } from "./poster-end.ts";
import { NOTHING_SPENT } from "./retry.ts";
import { type EndFacts, type JudgedEnd, settleDead, settleEnd } from "./settle-end.ts";
import type { UserRule } from "./user-rule.ts";

const now = instant(1_000_000);
const CODE_0: PosterExit = { kind: "code", code: 0 };
const CODE_1: PosterExit = { kind: "code", code: 1 };
const END: PosterEnd = {
  spoke: true,
  said: null,
  exit: CODE_1,
  gotGo: false,
  noGo: null,
  step: "opening",
  stderrTail: "",
  error: null,
  evidence: [],
};

type Given = Partial<PosterEnd> & Pick<EndFacts, "wrongPhone">;
function settled(reached: Reached, { wrongPhone, ...end }: Given, more: Partial<EndFacts> = {}): JudgedEnd {
  const wrong = wrongPhone === undefined ? {} : { wrongPhone };
  const facts = { reached, end: { ...END, ...end }, spent: NOTHING_SPENT, now, cancelledAs: "halted" as const };
  return settleEnd({ ...facts, ...wrong, ...more });
}
const inShort = ({ settlement: { attempt, job, charge, hold }, breach }: JudgedEnd) => ({
  attempt: attempt.phase,
  job: job.state,
  charge,
  holds: hold !== null,
  breach,
});

const notPosted = (more: Partial<NotPosted> = {}): NotPosted => ({
  type: "not_posted",
  category: null,
  cause: null,
  message: "no",
  retryAfterMs: null,
  cooldownMs: null,
  ...more,
});
const said = notPosted({ category: "infrastructure", cause: "shown" });
const free = { charge: null, holds: false, breach: false };

const table: [why: string, reached: Reached, end: Given, want: ReturnType<typeof inShort>][] = [
  [
    "posted after its intent",
    "publishing",
    { said: { type: "posted", url: "u" }, exit: CODE_0 },
    { ...free, attempt: "posted", job: "success" },
  ],
  [
    "posted without asking is a breach",
    "before",
    { said: { type: "posted", url: null }, exit: CODE_0 },
    { ...free, attempt: "posted", job: "success", breach: true },
  ],
  [
    "a phone that went away",
    "before",
    { stderrTail: "adb: device offline" },
    { ...free, attempt: "failed", job: "failed", charge: "infrastructure" },
  ],
  [
    "an account that is suspended",
    "before",
    { stderrTail: "Your account has been suspended" },
    { ...free, attempt: "failed", job: "failed", holds: true },
  ],
  ["no word after the intent", "publishing", { gotGo: true }, { ...free, attempt: "unconfirmed", job: "unconfirmed" }],
  [
    "words of an upload under way, before the intent",
    "before",
    { stderrTail: "Sharing to Reels... Keep the app open to finish posting" },
    { ...free, attempt: "unconfirmed", job: "unconfirmed" },
  ],
  [
    "the same words of a poster that judges itself",
    "before",
    { said: { ...said, message: "Sharing to Reels... Keep the app open to finish posting" } },
    { ...free, attempt: "failed", job: "failed", charge: "infrastructure" },
  ],
  ["a duplicate", "before", { noGo: "duplicate" }, { ...free, attempt: "cancelled", job: "skipped" }],
  ["no room today", "before", { noGo: "limit" }, { ...free, attempt: "cancelled", job: "pending" }],
  ["ended by us", "before", { exit: { kind: "cancelled" } }, { ...free, attempt: "cancelled", job: "pending" }],
  [
    "a phone that is another's",
    "before",
    { noGo: "wrong_phone", wrongPhone: { message: "p", typed: { category: "setup", cause: "wrong_phone" } } },
    { ...free, attempt: "failed", job: "parked" },
  ],
  [
    "a phone that was wrong, and nobody left to say how",
    "before",
    { noGo: "wrong_phone" },
    { ...free, attempt: "failed", job: "failed", charge: "infrastructure" },
  ],
];
for (const [why, reached, end, want] of table)
  test(`an end is settled: ${why}`, () => assert.deepEqual(inShort(settled(reached, end)), want));

test("a post keeps its address, a failure its evidence and the rule that judged it", () => {
  const posted = settled("publishing", { said: { type: "posted", url: "https://x/1" } }).settlement.attempt;
  assert.deepEqual(posted, { phase: "posted", url: "https://x/1" });
  for (const reached of ["before", "publishing"] as const) {
    const { attempt } = settled(reached, { stderrTail: "adb: device offline", gotGo: reached !== "before" }).settlement;
    assert.ok(attempt.phase === "failed" || attempt.phase === "unconfirmed");
    const { category, cause, rule, evidence } = attempt.failure;
    assert.deepEqual([category, cause, evidence.message], ["infrastructure", "device_offline", "adb: device offline"]);
    assert.notEqual(rule, "");
    assert.equal("unconfirmed" in attempt.failure, false, "what a rule says of doubt is not part of the failure");
  }
});

test("an end that we made is written down as why we made it; a refused go as that", () => {
  const ours = settled("before", { exit: { kind: "cancelled" } }, { cancelledAs: "halted" }).settlement.attempt;
  assert.deepEqual(ours, { phase: "cancelled", reason: "halted" });
  const refused = settled("before", { noGo: "limit" }).settlement.attempt;
  assert.deepEqual(refused, { phase: "cancelled", reason: "no_go" });
});

test("a wrong phone without words is still told as one", () => {
  const { attempt } = settled("before", { noGo: "wrong_phone" }).settlement;
  assert.equal(attempt.phase === "failed" && attempt.failure.cause, "wrong_phone");
  assert.match(attempt.phase === "failed" ? attempt.failure.evidence.message : "", /not the right one/);
});

test("budgets are read when a rate limit is answered: the wait grows", () => {
  const slow = { said: notPosted({ category: "infrastructure", cause: "rate_limited" }) };
  const at = (rateLimits: number) => {
    const { job } = settled("before", slow, { spent: { ...NOTHING_SPENT, rateLimits } }).settlement;
    return job.state === "waiting" ? job.until - now : job.state;
  };
  assert.deepEqual([at(0), at(1)], [30_000, 60_000]);
});

const anything = {
  misses: null,
  steps: null,
  w3c: null,
  errno: null,
  http: null,
  exit: null,
  provider: null,
  said: null,
};

test("a rule of the user's own may leave a post in doubt; a poster's own word does not", () => {
  const finds = (text: string) => (text.includes("half way there") ? text : null);
  const rule: UserRule = { ...anything, finds, id: "mine", category: "unknown", cause: "half_way", unconfirmed: true };
  const book = { ...OWN_RULES, user: [rule] };
  const phaseOf = (end: Given, more = {}) => settled("before", end, more).settlement.attempt.phase;
  const shown = { stderrTail: "half way there" };
  assert.equal(phaseOf(shown, { book }), "unconfirmed");
  assert.equal(phaseOf(shown), "failed");
  assert.equal(phaseOf({ said: { ...said, message: "half way there" } }, { book }), "failed");
});

const dead: [reached: Reached, attempt: string, job: string][] = [
  ["before", "cancelled", "pending"],
  ["opaque", "unconfirmed", "unconfirmed"],
  ["publishing", "unconfirmed", "unconfirmed"],
];
for (const [reached, attempt, job] of dead)
  test(`of the dead, ${reached}: ${attempt}, never charged`, () => {
    const settlement = settleDead(reached, NOTHING_SPENT, now);
    assert.deepEqual([settlement.attempt.phase, settlement.job.state, settlement.charge], [attempt, job, null]);
    if (settlement.attempt.phase === "cancelled") assert.equal(settlement.attempt.reason, "own_crash");
    if (settlement.attempt.phase !== "unconfirmed") return;
    assert.equal(settlement.attempt.failure.evidence.cause, "own_crash");
    assert.match(settlement.attempt.failure.evidence.message, /reprise was killed/);
  });
