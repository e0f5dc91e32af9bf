import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { type Instant, instant, later, millis } from "./ids.ts";
import { decideLook, type Look, type LookDecision } from "./verify.ts";

const intentAt = instant(1_000_000);
const settleMs = millis(600_000);
const at = (ms: number) => instant(intentAt + ms);
const settled = later(intentAt, settleMs);

const table: [why: string, look: Look, absentSince: Instant | null, now: Instant, want: LookDecision][] = [
  ["seen", "posted", null, at(1), { next: "posted" }],
  ["seen after it was absent", "posted", at(1), at(2), { next: "posted" }],
  ["can't tell: for a person", "cannot_tell", at(1), at(700_000), { next: "stays" }],
  [
    "absent at once: look again when settled",
    "absent",
    null,
    at(5),
    { next: "settling", at: settled, absentSince: at(5) },
  ],
  ["absent again too early", "absent", at(5), at(9), { next: "settling", at: settled, absentSince: at(5) }],
  ["absent again, settled", "absent", at(5), settled, { next: "not_posted" }],
  [
    "absent once, long after: still once",
    "absent",
    null,
    at(9e6),
    { next: "settling", at: at(9e6), absentSince: at(9e6) },
  ],
  [
    "an upload is pending: absence counts anew",
    "pending_upload",
    at(5),
    at(9),
    { next: "settling", at: settled, absentSince: null },
  ],
  [
    "an upload is pending at the very moment",
    "pending_upload",
    null,
    settled,
    { next: "settling", at: later(settled, settleMs), absentSince: null },
  ],
  [
    "an upload is pending for long",
    "pending_upload",
    at(5),
    at(9e6),
    { next: "settling", at: later(at(9e6), settleMs), absentSince: null },
  ],
];
for (const [why, look, absentSince, now, want] of table) {
  test(`a look at an unconfirmed post: ${why} -> ${want.next}`, () => {
    assert.deepEqual(decideLook(look, { intentAt, absentSince, settleMs }, now), want);
  });
}

test("an upload that stays pending is not looked at without pause, even with no settling time", () => {
  const decision = decideLook("pending_upload", { intentAt, absentSince: null, settleMs: millis(0) }, at(9));
  assert.deepEqual(decision, { next: "settling", at: at(1009), absentSince: null });
});

test("'not posted' needs two looks in a row that found nothing, the second at least the settling time after the intent", () => {
  const look = fc.constantFrom<Look>("posted", "absent", "pending_upload", "cannot_tell");
  const looks = fc.array(fc.tuple(look, fc.nat(400_000)), { maxLength: 12 });
  return fc.assert(
    fc.property(looks, fc.nat(900_000), (list, settle) => {
      let absentSince: Instant | null = null;
      let now = intentAt;
      let absentBefore = 0;
      for (const [seen, passed] of list) {
        now = later(now, millis(passed));
        const decision = decideLook(seen, { intentAt, absentSince, settleMs: millis(settle) }, now);
        if (decision.next === "not_posted") {
          assert.ok(seen === "absent" && absentBefore >= 1 && now - intentAt >= settle);
        }
        if (decision.next === "posted") assert.equal(seen, "posted");
        absentSince = decision.next === "settling" ? decision.absentSince : null;
        absentBefore = seen === "absent" ? absentBefore + 1 : 0;
      }
    }),
    { numRuns: 1000 },
  );
});
