import assert from "node:assert/strict";
import test from "node:test";
import { classify } from "../../src/core/classify.ts";
import { isPermanent } from "../../src/core/failure.ts";
import { mayBePublished } from "../../src/core/may-be-published.ts";
import { ADVERSARIAL } from "./adversarial.ts";

test("of a thousand hostile messages no quoted or denied word makes a retryable failure permanent, and none takes long", () => {
  assert.equal(ADVERSARIAL.length, 1000);
  const wrong: string[] = [];
  let worst = 0;
  for (const message of ADVERSARIAL) {
    const from = process.cpuUsage().user;
    const { category, rule, why } = classify({ message });
    mayBePublished({ message }, category);
    worst = Math.max(worst, process.cpuUsage().user - from);
    if (isPermanent(category)) wrong.push(`${category} by ${rule} (${why}): ${message.slice(0, 200)}`);
  }
  assert.deepEqual(wrong, []);
  // 50 ms is what bench/judging.ts measures on a quiet machine; here only a pattern that runs away is looked for
  assert.ok(worst < 2_000_000, `${worst} us of processor time`);
});
