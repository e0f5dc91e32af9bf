import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventLine, RunFinished } from "../../core/events.ts";
import { NO_COUNTS } from "../../core/tally.ts";
import { newSeen, see, storyOf } from "./demo-story.ts";

const finished: RunFinished = {
  ...NO_COUNTS,
  type: "run.finished",
  campaign: "default",
  final_result: "all_complete",
  exit_code: 0,
  total: 2,
  success: 2,
  pass_count: 1,
  attempts: 2,
  pass_history: [],
};
const told = (events: readonly object[], posts = ["a", "b"]) => {
  const seen = newSeen();
  for (const event of events) see(seen, { v: 1, ts: "", run: "r", ...event } as EventLine);
  const end = { finished, posts: posts.map((job) => ({ job })), sink: "/s", tookMs: 2000 };
  return storyOf(seen, end).join("\n");
};
const ended = (outcome: string, category?: string, cause?: string) => ({
  type: "attempt.finished",
  job: "a",
  outcome,
  failure: category === undefined ? null : { category, cause },
});

test("a demo without trouble tells of none", () => {
  const story = told([ended("posted")]);
  assert.match(story, /2 jobs, 2 attempts, 1 pass, 2 s/);
  assert.doesNotMatch(story, /^ {2}- /m);
});

test("a demo tells what it saw, and counts it", () => {
  const story = told([
    ended("failed", "infrastructure", "device_offline"),
    ended("failed", "infrastructure", "device_offline"),
    ended("failed", "infrastructure", "rate_limited"),
    { type: "worker.exited", expected: false },
    { type: "account.held", account: "eve", cause: "suspended", jobs_held: 2 },
    ended("unconfirmed", "unknown", "unmatched"),
    { type: "job.verified", job: "a", result: "settling" },
    { type: "job.verified", job: "a", result: "not_posted" },
    { type: "job.deferred", until: "2026-11-24T00:00:00Z" },
    { ...finished, deferred: 3 },
  ]);
  for (const words of [
    /2 attempts failed .*\(device_offline 2\)/,
    /asked to wait once/,
    /1 worker killed/,
    /Account eve turned out suspended.* 2 more jobs/,
    /1 post got lost between tap and proof \(a\)/,
    /1 absent, .*\(a\)/,
    /3 jobs beyond the daily limit/,
  ])
    assert.match(story, words);
  assert.doesNotMatch(story, /found in the feed/);
});

test("a demo whose record holds a job twice says that it is a bug", () => {
  assert.match(told([]), /2 posts, and no job in it twice/);
  assert.match(told([], ["a", "a", "b"]), /1 job twice\. That is a bug/);
});
