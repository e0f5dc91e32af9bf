import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import type { Calendar } from "./calendar.ts";
import { instant, type LocalDay, localDay, millis } from "./ids.ts";
import {
  type AccountFacts,
  type AccountLimits,
  decideEligibility,
  earliest,
  type JobTimes,
  limitDay,
} from "./limits.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Days of 24 hours; the zone `+2` is two hours ahead. */
const shift = (zone: string) => (zone === "+2" ? 2 * HOUR : 0);
const calendar: Calendar = {
  dayOf: (at, zone) => localDay(new Date(at + shift(zone)).toISOString().slice(0, 10)),
  nextDay: (at, zone) => instant((Math.floor((at + shift(zone)) / DAY) + 1) * DAY - shift(zone)),
  opens: (at, zone, window) => {
    const local = at + shift(zone);
    const midnight = Math.floor(local / DAY) * DAY;
    const [from, to] = [midnight + window.from * 60_000, midnight + window.to * 60_000];
    if (local >= from && local < to) return at;
    return instant((local < from ? from : from + DAY) - shift(zone));
  },
};
const noon = instant(20_000 * DAY + 12 * HOUR);
const at = (ms: number) => instant(noon + ms);

const times: JobTimes = { notBefore: null, notAfter: null };
const facts: AccountFacts = { isHeld: false, postsToday: 0, lastPostAt: null };
const limits: AccountLimits = { daily: 1, minGapMs: millis(0), zone: "UTC", window: null };
const nine = { from: 9 * 60, to: 11 * 60 };

type Case = [
  why: string,
  job: Partial<JobTimes>,
  facts: Partial<AccountFacts>,
  limits: Partial<AccountLimits>,
  want: object,
];
const table: Case[] = [
  ["nothing holds it back", {}, {}, {}, { next: "go" }],
  ["its account is held", {}, { isHeld: true }, {}, { next: "hold" }],
  ["a held account beats all else", { notAfter: at(-1) }, { isHeld: true, postsToday: 5 }, {}, { next: "hold" }],
  ["its time is over", { notAfter: at(-1) }, {}, {}, { next: "too_late" }],
  ["the last instant is not over", { notAfter: noon }, {}, {}, { next: "go" }],
  ["its time is over beats the limit", { notAfter: at(-1) }, { postsToday: 1 }, {}, { next: "too_late" }],
  [
    "its time is to come",
    { notBefore: at(1) },
    { postsToday: 1 },
    {},
    { next: "defer", until: at(1), reason: "not_before" },
  ],
  ["its time has come", { notBefore: noon }, {}, {}, { next: "go" }],
  ["one a day is done", {}, { postsToday: 1 }, {}, { next: "defer", until: at(12 * HOUR), reason: "daily_limit" }],
  [
    "the day is the account's own",
    {},
    { postsToday: 1 },
    { zone: "+2" },
    { next: "defer", until: at(10 * HOUR), reason: "daily_limit" },
  ],
  [
    "more posts than the limit (lowered since)",
    {},
    { postsToday: 3 },
    { daily: 2 },
    { next: "defer", until: at(12 * HOUR), reason: "daily_limit" },
  ],
  ["room is left", {}, { postsToday: 1 }, { daily: 2 }, { next: "go" }],
  ["0 is no limit", {}, { postsToday: 99 }, { daily: 0 }, { next: "go" }],
  ["the window is closed", {}, {}, { window: nine }, { next: "defer", until: at(21 * HOUR), reason: "window" }],
  ["the window is open", {}, {}, { window: { from: 0, to: 1440 } }, { next: "go" }],
  ["the window goes by the zone", {}, {}, { window: { from: 14 * 60, to: 15 * 60 }, zone: "+2" }, { next: "go" }],
  [
    "the limit beats the window",
    {},
    { postsToday: 1 },
    { window: nine },
    { next: "defer", until: at(12 * HOUR), reason: "daily_limit" },
  ],
  [
    "too soon after the last post: the pass waits",
    {},
    { lastPostAt: at(-1000) },
    { minGapMs: millis(5000) },
    { next: "wait", until: at(4000), reason: "min_gap" },
  ],
  [
    "without a gap a clock set back makes nobody wait for a post of its future",
    {},
    { lastPostAt: at(5000) },
    { minGapMs: millis(0) },
    { next: "go" },
  ],
  [
    "the shortest gap",
    {},
    { lastPostAt: noon },
    { minGapMs: millis(1) },
    { next: "wait", until: at(1), reason: "min_gap" },
  ],
  ["long enough after the last post", {}, { lastPostAt: at(-5000) }, { minGapMs: millis(5000) }, { next: "go" }],
  [
    "the window beats the gap",
    {},
    { lastPostAt: at(-1) },
    { minGapMs: millis(5000), window: nine },
    { next: "defer", until: at(21 * HOUR), reason: "window" },
  ],
];
for (const [why, job, done, may, want] of table) {
  test(`may this job be tried now: ${why}`, () => {
    const rules = { limits: { ...limits, ...may }, calendar };
    assert.deepEqual(decideEligibility(noon, { ...times, ...job }, { ...facts, ...done }, rules), want);
  });
}

test("whatever holds a job back ends later than now, and 'go' is said only when nothing does", () => {
  const near = fc.option(fc.integer({ min: -2 * DAY, max: 2 * DAY }).map(at));
  const cases = fc.record({
    job: fc.record({ notBefore: near, notAfter: near }),
    facts: fc.record({ isHeld: fc.boolean(), postsToday: fc.nat(3), lastPostAt: near }),
    limits: fc.record({
      daily: fc.nat(3),
      minGapMs: fc.nat(2 * HOUR).map(millis),
      zone: fc.constantFrom("UTC", "+2"),
      window: fc.constantFrom(null, nine, { from: 0, to: 1440 }),
    }),
  });
  return fc.assert(
    fc.property(cases, (c) => {
      const decision = decideEligibility(noon, c.job, c.facts, { limits: c.limits, calendar });
      if (decision.next === "defer" || decision.next === "wait") assert.ok(decision.until > noon);
      if (decision.next !== "go") return;
      assert.ok(!c.facts.isHeld && (c.limits.daily === 0 || c.facts.postsToday < c.limits.daily));
      assert.ok((c.job.notBefore ?? noon) <= noon && (c.job.notAfter ?? noon) >= noon);
      assert.ok(
        c.facts.lastPostAt === null || c.facts.lastPostAt + c.limits.minGapMs <= noon || c.limits.minGapMs === 0,
      );
    }),
    { numRuns: 1000 },
  );
});

test("a clock set back gives no day twice; the newest day counts on", () => {
  const cases: [today: string, newest: string | null, want: string][] = [
    ["2026-11-23", null, "2026-11-23"],
    ["2026-11-23", "2026-11-22", "2026-11-23"],
    ["2026-11-22", "2026-11-23", "2026-11-23"],
    ["2027-01-01", "2026-12-31", "2027-01-01"],
  ];
  const day = (text: string | null): LocalDay | null => (text === null ? null : localDay(text));
  for (const [today, newest, want] of cases) assert.equal(limitDay(localDay(today), day(newest)), want);
});

test("the earlier of two wake-up times, where null is never", () => {
  assert.equal(earliest(at(1), at(2)), at(1));
  assert.equal(earliest(at(2), at(1)), at(1));
  assert.equal(earliest(null, at(1)), at(1));
  assert.equal(earliest(at(1), null), at(1));
  assert.equal(earliest(null, null), null);
});
