import assert from "node:assert/strict";
import test from "node:test";
import { NO_PACE, type Pace, paced, restsUntil } from "./device-pace.ts";
import { type Instant, instant } from "./ids.ts";

const at = (s: number): Instant => instant(1_000_000_000 + s * 1000);

/** `d1:posted@0-20`: begun at second 0, ended at 20. */
function play(text: string): Pace {
  let pace = NO_PACE;
  for (const word of text.split(" ")) {
    const [device = "", outcome = "", from, to] = word.split(/[:@-]/);
    const end = { device, startedAt: at(Number(from)), at: at(Number(to)), outcome: outcome as "posted" };
    pace = paced(pace, end);
  }
  return pace;
}

const table: [why: string, ends: string, rest: number | null][] = [
  ["fails at once where a post takes 20 s: rests the remainder", "d2:posted@0-20 d1:failed@30-31", 50],
  ["fails after as long as a post takes: goes on", "d2:posted@0-20 d1:failed@11-31", null],
  ["nobody posted yet: a moment", "d1:failed@30-31", 32],
  ["nobody posted yet, the third failure in a row: longer", "d1:failed@8-9 d1:failed@10-11 d1:failed@30-31", 62],
  ["a bad video is not the phone's matter", "d2:posted@0-20 d1:other@30-31", null],
  ["a post ends its rest", "d2:posted@0-20 d1:failed@28-29 d1:posted@29-31", null],
  ["never longer than a minute", "d2:posted@0-900 d1:failed@30-31", 90],
];
for (const [why, ends, rest] of table)
  test(`pace: ${why}`, () => assert.equal(restsUntil(play(ends), "d1", at(31)), rest === null ? null : at(rest)));

test("pace: the newest post counts for a fifth", () => {
  assert.equal(play("a:posted@0-10 b:posted@0-20").typicalMs, 12_000);
});

test("pace: only its own phone rests, and only until then", () => {
  const pace = play("d2:posted@0-20 d1:failed@30-31");
  assert.equal(restsUntil(pace, "d2", at(31)), null);
  assert.equal(restsUntil(pace, "d1", at(50)), null);
});
