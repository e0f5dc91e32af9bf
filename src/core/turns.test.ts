import assert from "node:assert/strict";
import { test } from "node:test";
import type { Calendar } from "./calendar.ts";
import { type Instant, instant, localDay, millis } from "./ids.ts";
import { playTurns, type TurnJob } from "./turns.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const at = (hours: number): Instant => instant(100 * DAY + hours * HOUR);
/** Days of UTC, no windows. */
const calendar: Calendar = {
  dayOf: (t) => localDay(new Date(t).toISOString().slice(0, 10)),
  nextDay: (t) => instant((Math.floor(t / DAY) + 1) * DAY),
  opens: (t) => t,
};
const job = (media: string, more: Partial<TurnJob> = {}): TurnJob => ({
  media,
  notBefore: null,
  notAfter: null,
  allowRepost: false,
  twin: null,
  ...more,
});
type More = { daily?: number; gapHours?: number; now?: Instant; postsToday?: number; isHeld?: boolean };

/** Turns as short words. */
function play(jobs: TurnJob[], { daily = 0, gapHours = 0, now = at(12), postsToday = 0, isHeld = false }: More = {}) {
  const limits = { daily, minGapMs: millis(gapHours * HOUR), zone: "UTC", window: null };
  const turns = playTurns(now, jobs, { isHeld, postsToday, lastPostAt: null }, { limits, calendar });
  return turns.map((turn) => {
    switch (turn.next) {
      case "post":
        return `post +${(turn.at - now) / HOUR}h`;
      case "defer":
        return `${turn.reason} +${(turn.until - now) / HOUR}h`;
      case "hold":
        return `hold ${turn.by}`;
      default:
        return turn.next;
    }
  });
}

const table: [why: string, jobs: TurnJob[], more: More, want: string[]][] = [
  ["all at once without limits", [job("a"), job("b")], {}, ["post +0h", "post +0h"]],
  ["up to the limit", [job("a"), job("b"), job("c")], { daily: 2 }, ["post +0h", "post +0h", "daily_limit +12h"]],
  ["less what is posted today", [job("a"), job("b")], { daily: 2, postsToday: 1 }, ["post +0h", "daily_limit +12h"]],
  ["the pass waits for gaps", [job("a"), job("b"), job("c")], { gapHours: 2 }, ["post +0h", "post +2h", "post +4h"]],
  [
    "a gap that ends tomorrow has tomorrow's limit",
    [job("a"), job("b"), job("c")],
    { daily: 1, gapHours: 13, now: at(23) },
    ["post +0h", "daily_limit +1h", "daily_limit +1h"],
  ],
  [
    "a job past its time, one not yet due, one in time",
    [job("a", { notAfter: at(11) }), job("b", { notBefore: at(13) }), job("c", { notAfter: at(13) })],
    {},
    ["too_late", "not_before +1h", "post +0h"],
  ],
  [
    "a repeat of a post made, or of one in this plan",
    [job("a", { twin: "duplicate" }), job("b"), job("b"), job("b", { allowRepost: true })],
    { daily: 2 },
    ["skip", "post +0h", "skip", "post +0h"],
  ],
  [
    "behind an unconfirmed twin",
    [job("a", { twin: "unconfirmed" }), job("b")],
    { daily: 1 },
    ["hold twin", "post +0h"],
  ],
  ["all of a held account", [job("a"), job("b")], { isHeld: true }, ["hold account", "hold account"]],
];
for (const [why, jobs, more, want] of table) {
  test(`a plan posts ${why}: ${want.join(", ")}`, () => assert.deepEqual(play(jobs, more), want));
}
