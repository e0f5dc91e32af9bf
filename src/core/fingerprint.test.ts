import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { judge } from "./classify.ts";
import type { Evidence, Failure } from "./failure.ts";
import { fingerprint } from "./fingerprint.ts";
import { plantedFailures } from "./planted-failures.fixture.ts";
import { templateOf } from "./template.ts";

const idOf = (evidence: Evidence) => fingerprint(judge(evidence)).id;
const say = (message: string) => idOf({ message });

test("a thousand failures of eight causes fall into their causes", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const planted = plantedFailures(1000, seed);
    const found = planted.map(({ evidence, known }) => fingerprint(judge(evidence), known).id);
    const { precision, recall } = pairwise(
      planted.map((p) => p.cause),
      found,
    );
    assert.ok(precision >= 0.95, `seed ${seed}: precision ${precision}`);
    assert.ok(recall >= 0.95, `seed ${seed}: recall ${recall}`);
    assert.ok(new Set(found).size <= 10, `seed ${seed}: ${new Set(found).size} groups`);
  }
});

/** Of all pairs put together, how many belong together; of all that belong together, how many are. */
function pairwise(truth: readonly string[], found: readonly string[]): { precision: number; recall: number } {
  const pairs = (labels: readonly string[]) => {
    const sizes = new Map<string, number>();
    for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
    return [...sizes.values()].reduce((sum, n) => sum + (n * (n - 1)) / 2, 0);
  };
  const both = pairs(truth.map((label, i) => `${label} ${found[i]}`));
  return { precision: both / pairs(found), recall: both / pairs(truth) };
}

const SAME: readonly (readonly [what: string, a: string, b: string])[] = [
  ["serials", "device R58M12ABC is not responding", "device emulator-5554 is not responding"],
  ["addresses", "failed to connect to 10.0.0.7:5555", "failed to connect to 192.168.4.12:40001"],
  [
    "ports",
    "listen EADDRINUSE: address already in use 127.0.0.1:8377",
    "listen EADDRINUSE: address already in use :::9001",
  ],
  ["durations", "element still not existing after 700ms", "element still not existing after 12 s"],
  ["captions", 'could not type "Sunrise"', 'could not type "50% off, today!"'],
  ["handles", "no chat with @foodie.ana found", "no chat with @run_daily found"],
  ["paths", "could not read /srv/a/b.mp4", "could not read C:\\vids\\x.mp4"],
  ["ids", "session 9ce43560-36aa-4000-a000-9ce4356036aa lost", "session 0d00cab8-d0aa-4111-a111-0d00cab8d0aa lost"],
  ["loggers", "2026-11-23 10:00:01,123 ERROR share sheet did not open", "share sheet did not open"],
  ["classes", "PostError: share sheet did not open", "Error: share sheet did not open"],
  [
    "stacks",
    "boom: bad state\n    at f (/a/b.ts:1:2)",
    "boom: bad state\n    at g (/a/c.ts:99:1)\n    at h (/x.ts:3:3)",
  ],
  ["wrappers", "A. Original error: socket hang up", "Reconnect failed: B. Original error: socket hang up"],
  [
    "screens told at length",
    "Loop stuck - Vision analysis: This shows the feed",
    "Loop stuck - Vision analysis: A menu is open",
  ],
];
for (const [what, a, b] of SAME) {
  test(`one cause over ${what}`, () => assert.equal(say(a), say(b)));
}

const OTHER: readonly (readonly [what: string, a: Evidence, b: Evidence])[] = [
  ["texts", { message: "share sheet did not open" }, { message: "caption field did not appear" }],
  [
    "codes of one text",
    { message: "fetch failed", errno: "ECONNREFUSED" },
    { message: "fetch failed", errno: "ENOTFOUND" },
  ],
  ["modules", { message: "Cannot find module 'sharp'" }, { message: "Cannot find module 'ffmpeg-static'" }],
  [
    "program names in quotes",
    { message: 'no element "com.app:id/share"' },
    { message: 'no element "com.app:id/next"' },
  ],
  [
    "steps of a time-out",
    { message: "no end", cause: "attempt_timeout", step: "opening" },
    { message: "no end", cause: "attempt_timeout", step: "sharing" },
  ],
];
for (const [what, a, b] of OTHER) {
  test(`another cause by ${what}`, () => assert.notEqual(idOf(a), idOf(b)));
}

test("words of the attempt itself make no new cause, whole words only", () => {
  const of = (message: string, account: string) => fingerprint(judge({ message }), { account }).id;
  assert.equal(of("the profile of ana did not open", "ana"), of("the profile of b.wolf did not open", "b.wolf"));
  assert.equal(templateOf("analysis of banana failed", { account: "ana" }), "analysis of banana failed");
});

test("a rule renamed leaves its causes as they are", () => {
  const failure: Failure = judge({ message: "adb: error: device offline" });
  assert.equal(fingerprint({ ...failure, rule: "user-7" }).id, fingerprint({ ...failure, rule: "adb-1" }).id);
});

test("ids are short and alike in form, titles are one line", () => {
  void fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 120 }), fc.string(), (message, account) => {
      const { id, title } = fingerprint(judge({ message }), { account });
      assert.match(id, /^c[0-9a-v]{7}$/);
      assert.ok(title.length > 0 && title.length <= 120 && !/[\r\n]/.test(title));
    }),
    { numRuns: 100 },
  );
});

// texts are cut first; a pattern that explodes would hang all the same
test("no text is slow", { timeout: 60_000 }, () => {
  const bombs = [
    "a".repeat(1e6),
    "1".repeat(1e6),
    `"${"'".repeat(1e6)}`,
    "/a".repeat(5e5),
    "a.".repeat(5e5),
    " ".repeat(1e6),
    "a:".repeat(5e5),
    "[".repeat(1e6),
    "error ".repeat(2e5),
    "@a-".repeat(3e5),
    "Command '".repeat(1e5),
  ];
  for (const message of bombs) {
    fingerprint(
      { category: "unknown", cause: "unmatched", rule: "unmatched", evidence: { message } },
      { account: "a" },
    );
  }
});
