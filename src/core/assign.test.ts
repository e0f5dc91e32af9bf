import assert from "node:assert/strict";
import test from "node:test";
import { decideFault, type PhoneStanding, rankPhones } from "./assign.ts";
import { instant, millis } from "./ids.ts";

const phone = (id: string, more: Partial<PhoneStanding> = {}): PhoneStanding => ({
  id,
  isRunning: false,
  bound: 0,
  free: 1,
  faults: 0,
  ...more,
});

const ranks: [why: string, phones: PhoneStanding[], want: string[]][] = [
  ["a running one costs nothing more", [phone("a", { bound: 9 }), phone("b", { isRunning: true })], ["b", "a"]],
  ["one that made trouble comes after one that did not", [phone("a", { faults: 1, bound: 9 }), phone("b")], ["b", "a"]],
  ["the one with most of its own work first", [phone("a", { bound: 1 }), phone("b", { bound: 2 })], ["b", "a"]],
  ["by name where nothing else tells", [phone("b"), phone("a")], ["a", "b"]],
  ["without work it is not asked for", [phone("a", { free: 0 }), phone("b", { free: 0, bound: 1 })], ["b"]],
];
for (const [why, phones, want] of ranks) test(`phones: ${why}`, () => assert.deepEqual(rankPhones(phones), want));

const now = instant(1_000_000);
const faults: [
  why: string,
  kind: "gone" | "try_again" | "setup",
  retryAfterMs: number | null,
  times: number,
  want: object,
][] = [
  ["a first fault is tried again after a pause", "try_again", null, 1, { next: "again", at: 1_005_000 }],
  ["also of a phone that is gone: it may come back", "gone", null, 1, { next: "again", at: 1_005_000 }],
  ["when the provider says when, then", "try_again", 60_000, 1, { next: "again", at: 1_060_000 }],
  ["the second leaves it out of the pass", "try_again", null, 2, { next: "left_out" }],
  ["what only a person can mend halts", "setup", null, 1, { next: "halt" }],
];
for (const [why, kind, after, times, want] of faults) {
  const retryAfterMs = after === null ? null : millis(after);
  test(`a phone that can't be had: ${why}`, () =>
    assert.deepEqual(decideFault({ kind, retryAfterMs }, times, now), want));
}
