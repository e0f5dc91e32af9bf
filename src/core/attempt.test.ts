import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { type Attempt, type AttemptEvent, advance, mayBeLive } from "./attempt.ts";
import type { Failure } from "./failure.ts";

const failure: Failure = {
  category: "unknown",
  cause: "x",
  rule: "r",
  why: "w",
  rateLimited: false,
  cooldownMs: null,
  retryAfterMs: null,
  evidence: { message: "m" },
};
const running = (opaque: boolean): Attempt => ({ phase: "running", step: "opening", opaque });
const publishing: Attempt = { phase: "publishing" };
const stop: AttemptEvent = { type: "cancelled", reason: "stopped", failure };

const table: [why: string, from: Attempt, event: AttemptEvent, want: string][] = [
  ["an end without proof before the intent", running(false), { type: "ended", failure }, "failed"],
  ["an end without proof of a silent poster", running(true), { type: "ended", failure }, "unconfirmed"],
  ["an end without proof after the intent", publishing, { type: "ended", failure }, "unconfirmed"],
  ["a refusal shown before the intent", running(false), { type: "refused", failure }, "failed"],
  ["a refusal shown after the intent", publishing, { type: "refused", failure }, "failed"],
  ["a stop before the intent", running(false), stop, "cancelled"],
  ["a stop of a silent poster", running(true), stop, "unconfirmed"],
  ["a stop after the intent", publishing, stop, "unconfirmed"],
  ["posted after the intent", publishing, { type: "posted", url: "u" }, "posted"],
  ["posted without asking", running(false), { type: "posted", url: null }, "posted"],
  ["a step after the intent leads not back", publishing, { type: "step", name: "typing" }, "publishing"],
];
for (const [why, from, event, want] of table) {
  test(`${why} -> ${want}`, () => {
    assert.equal(advance(from, event).phase, want);
  });
}

test("the first event of a silent poster withdraws its opaque intent", () => {
  assert.deepEqual(advance(running(true), { type: "spoke" }), running(false));
  assert.deepEqual(advance(running(true), { type: "step", name: "typing" }), {
    phase: "running",
    step: "typing",
    opaque: false,
  });
  assert.deepEqual(advance(publishing, { type: "spoke" }), publishing);
});

const event: fc.Arbitrary<AttemptEvent> = fc.oneof(
  fc.constant<AttemptEvent>({ type: "spoke" }),
  fc.constant<AttemptEvent>({ type: "step", name: "typing" }),
  fc.constant<AttemptEvent>({ type: "publishing" }),
  fc.constant<AttemptEvent>({ type: "posted", url: null }),
  fc.constant<AttemptEvent>({ type: "refused", failure }),
  fc.constant<AttemptEvent>({ type: "ended", failure }),
  fc.constantFrom("stopped" as const, "halted" as const, "own_crash" as const, "no_go" as const).map((reason) => ({
    type: "cancelled" as const,
    reason,
    failure,
  })),
);
const ENDED = ["posted", "failed", "unconfirmed", "cancelled"];

test("an attempt that may be live becomes plain failed by an explicit refusal only, and never cancelled", () =>
  fc.assert(
    fc.property(fc.boolean(), fc.array(event, { maxLength: 12 }), (opaque, events) => {
      let a = running(opaque);
      for (const e of events) {
        const wasLive = mayBeLive(a);
        const before = a.phase;
        a = advance(a, e);
        if (wasLive && a.phase === "failed") assert.equal(e.type, "refused");
        if (wasLive) assert.notEqual(a.phase, "cancelled");
        if (before === "publishing") assert.notEqual(a.phase, "running");
      }
    }),
    { numRuns: 1000 },
  ));

test("a finished attempt stays as it is, whatever comes late", () =>
  fc.assert(
    fc.property(fc.boolean(), fc.array(event, { maxLength: 12 }), (opaque, events) => {
      let a = running(opaque);
      for (const e of events) {
        const next = advance(a, e);
        if (ENDED.includes(a.phase)) assert.equal(next, a);
        a = next;
      }
    }),
  ));
