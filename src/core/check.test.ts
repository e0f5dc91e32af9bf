import assert from "node:assert/strict";
import test from "node:test";
import { readCheck } from "./check.ts";
import { millis } from "./ids.ts";
import type { NotPosted, PosterEnd } from "./poster-end.ts";

const clean: PosterEnd = {
  spoke: true,
  said: null,
  exit: { kind: "code", code: 0 },
  gotGo: false,
  noGo: null,
  step: "looking",
  stderrTail: "",
  error: null,
  evidence: [],
};
const word = (more: Partial<NotPosted>): NotPosted => ({
  type: "not_posted",
  category: "account",
  cause: "challenge",
  message: "confirm it's you",
  retryAfterMs: null,
  cooldownMs: null,
  ...more,
});

const table: [why: string, end: PosterEnd, want: string][] = [
  ["a clean end", clean, "fine"],
  ["a clean end of a poster that says nothing", { ...clean, spoke: false }, "fine"],
  ["a word on the account, whatever the exit code", { ...clean, said: word({}) }, "failed account challenge"],
  ["the exit code of an account", { ...clean, exit: { kind: "code", code: 77 } }, "failed account poster_permission"],
  [
    "words of a screen",
    { ...clean, exit: { kind: "code", code: 1 }, stderrTail: "Your account has been suspended" },
    "failed account suspended",
  ],
  [
    "a phone that went away",
    { ...clean, exit: { kind: "code", code: 69 } },
    "failed infrastructure poster_unavailable",
  ],
  [
    "a time-out",
    { ...clean, exit: { kind: "timed_out", afterMs: millis(10) } },
    "failed infrastructure attempt_timeout",
  ],
  ["a poster that posts instead", { ...clean, said: { type: "posted", url: null } }, "untold"],
  ["a poster that asks to post, and then ends well", { ...clean, noGo: "verifying" }, "untold"],
  ["a stop", { ...clean, exit: { kind: "cancelled" } }, "untold"],
];
for (const [why, end, want] of table) {
  test(`a check: ${why} -> ${want}`, () => {
    const seen = readCheck(end);
    const more = seen.is === "failed" ? ` ${seen.failure.category} ${seen.failure.cause}` : "";
    assert.equal(`${seen.is}${more}`, want);
  });
}
