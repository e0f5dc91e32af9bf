import assert from "node:assert/strict";
import test from "node:test";
import type { Category } from "./failure.ts";
import { scoreOf } from "./score.ts";
import { bySubstring } from "./substring-rules.ts";

const pair = (accept: Category[], category: Category, uncertain = false, inDoubt = false) => ({
  label: { accept, uncertain },
  judged: { category, inDoubt },
});

test("recall counts rows with one right answer; the two costly mistakes are counted apart", () => {
  const score = scoreOf([
    pair(["account"], "account"),
    pair(["account"], "infrastructure"), // false retry
    pair(["infrastructure", "unknown"], "account"), // false permanent
    pair(["infrastructure", "setup"], "content"), // wrong, but setup is permanent too
    pair(["infrastructure"], "unknown"), // wrong, but tried again as it should be
  ]);
  assert.deepEqual([score.accepted?.right, score.accepted?.of], [1, 5]);
  assert.deepEqual([score.recall.account?.right, score.recall.account?.of], [1, 2]);
  assert.deepEqual([score.recall.content, score.recall.infrastructure?.of], [null, 1]);
  assert.deepEqual([score.falsePermanent, score.falseRetry], [1, 1]);
});

test("doubt is counted where it is due and where it is not", () => {
  const score = scoreOf([
    pair(["unknown"], "unknown", true, true),
    pair(["unknown"], "unknown", true),
    pair(["unknown"], "unknown", false, true),
  ]);
  assert.deepEqual([score.inDoubt?.right, score.inDoubt?.of, score.falseDoubt], [1, 2, 1]);
});

test("Wilson's interval is the textbook's", () => {
  const { accepted } = scoreOf(Array.from({ length: 10 }, (_, i) => pair(["unknown"], i < 8 ? "unknown" : "content")));
  assert.deepEqual([accepted?.low.toFixed(3), accepted?.high.toFixed(3)], ["0.490", "0.943"]);
});

test("plain substrings make the mistakes they are kept for", () => {
  assert.equal(bySubstring("no 'action blocked' warning visible"), "account");
  assert.equal(bySubstring("adb: device offline"), "infrastructure");
  assert.equal(bySubstring("zxqv"), "unknown");
});
