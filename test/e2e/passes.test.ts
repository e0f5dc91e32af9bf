// The pass loop as a user sees it (3-semantics 3.2), through the real command.
import assert from "node:assert/strict";
import test from "node:test";
import type { RunFinished } from "../../src/core/events.ts";
import { EXEC, has, jobs, once, QUICK, World } from "./world.ts";

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
const processed = (final: RunFinished) => final.pass_history.map((p) => p.jobs_processed);

test("a pass tries each open job once; attempts add up over passes; none starts with nothing to try", async (t) => {
  const w = new World(t, jobs(4), { j1: ["fail socket hang up"], j2: ["fail ECONNRESET", "fail ECONNRESET", "ok"] });
  const { code, final, events } = await w.go("--max-passes", "9", "--infra-retry-limit", "2");
  assert.equal(code, 5);
  has(final, { final_result: "retries_exhausted", pass_count: 3, attempts: 8, success: 3, failed_infrastructure: 1 });
  assert.deepEqual(processed(final), [4, 2, 2]);
  assert.equal(sum(processed(final)), final.attempts);
  assert.equal(w.tries().length, final.attempts);
  const seen = w.tries().map((n) => `${n.job} in pass ${n.pass}`);
  assert.equal(new Set(seen).size, seen.length, "no job twice in one pass");
  assert.equal(events.filter((e) => e.type === "pass.summary").length, 3);
});

test("retries used up beat the passes that are left; passes used up beat the retries that are left", async (t) => {
  const w = new World(t, jobs(1), { j1: ["fail socket hang up"] });
  const spent = await w.go("--max-passes", "9", "--infra-retry-limit", "1");
  has(spent.final, { final_result: "retries_exhausted", pass_count: 2, attempts: 2 });
  const fresh = await w.again("--max-passes", "2");
  has(fresh.final, { final_result: "max_passes_reached", pass_count: 2, attempts: 2 });
  assert.equal(w.tries().length, 4, "a new run has fresh budgets");
});

test("a failure of unknown cause has two retries, none with --no-retry-unknown", async (t) => {
  const w = new World(t, jobs(1), { j1: ["fail zxqv unheard of"] });
  const given = await w.go("--max-passes", "9");
  has(given.final, { final_result: "retries_exhausted", exit_code: 5, failed_unknown: 1, attempts: 3 });
  const none = await w.again("--no-retry-unknown");
  has(none.final, { final_result: "only_non_retryable", exit_code: 3, failed_unknown: 1, attempts: 1 });
});

test("each category has its own budget: unknown failures do not spend the phone's", async (t) => {
  const w = new World(t, jobs(1), { j1: ["fail zxqv", "fail ECONNRESET", "fail zxqv", "fail ECONNRESET", "ok"] });
  const { final } = await w.go("--max-passes", "9", "--infra-retry-limit", "2");
  has(final, { final_result: "all_complete", pass_count: 5, attempts: 5 });
});

test("a rate limit is waited for in the pass and charged to nobody", async (t) => {
  const w = new World(t, jobs(2), { j1: ["rate 0.3", "rate 0.3", "ok"] });
  const { code, final } = await w.go("--infra-retry-limit", "0", "--no-retry-unknown", "--max-passes", "1");
  assert.equal(code, 0);
  has(final, { pass_count: 1, success: 2, attempts: 4 });
  has(final.pass_history[0], { jobs_processed: 2, success_count: 2, failed_infrastructure: 0 });
  const at = w.tries("j1").map((n) => n.t);
  for (let i = 1; i < at.length; i++) assert.ok(Number(at[i]) - Number(at[i - 1]) >= 300, `tries at ${at}`);
});

test("the tenth rate limit of one job in one run defers it; a long Retry-After does so at once", async (t) => {
  const w = new World(t, jobs(3), { j1: ["rate 0.01"], j2: ["rate 3600"] });
  const { code, final, events } = await w.go();
  assert.equal(code, 8);
  has(final, { final_result: "deferred", deferred: 2, success: 1, failed: 0, pass_count: 1 });
  assert.equal(w.tries("j1").length, 10);
  assert.equal(w.tries("j2").length, 1);
  const reasons = events.filter((e) => e.type === "job.deferred").map((e) => e.reason);
  assert.deepEqual(reasons, ["rate_limited", "rate_limited"]);
});

test("two posts of one account keep --min-gap, and the pass waits for it", async (t) => {
  const w = new World(
    t,
    jobs(3, () => ({ account: "solo" })),
  );
  const { code, final } = await w.go("--min-gap", "0.5s", "--daily-limit", "0");
  assert.equal(code, 0);
  has(final, { pass_count: 1, success: 3 });
  const at = w.notes("posts").map((n) => n.t);
  // the gap is kept between the intents, which come a moment before the posts
  for (let i = 1; i < at.length; i++) assert.ok(Number(at[i]) - Number(at[i - 1]) >= 450, `posts at ${at}`);
});

test("an absence is believed only after the settling time, which the run waits for", async (t) => {
  const w = new World(t, jobs(1), { j1: ["publish + die", "ok"] });
  const { code, final, events } = await w.go("--settle", "2s");
  assert.equal(code, 0);
  has(final, { pass_count: 2, success: 1, attempts: 2 });
  const waiting = events.filter((e) => e.type === "pass.waiting");
  assert.deepEqual(
    waiting.map((e) => e.reason),
    ["settling"],
  );
  const [first, second] = w.tries("j1").map((n) => n.t);
  assert.ok(Number(second) - Number(first) >= 2000);
  assert.ok(w.notes("looks").length >= 2, "looked at least twice");
  assert.deepEqual(
    new Set(w.notes("looks").map((l) => l.baseline)),
    new Set(["newest-1"]),
    "with the poster's baseline",
  );
});

test("an upload that is still pending is looked at again, and never posted twice", async (t) => {
  const w = new World(t, jobs(1), { j1: ["publish + die"], "look j1": ["false", "pending", "true"] });
  const { code, final } = await w.go();
  assert.equal(code, 0);
  has(final, { final_result: "all_complete", pass_count: 1, attempts: 1 });
  assert.equal(w.notes("looks").length, 3);
});

test("the last pass does not wait for what is settling: it ends, and says how to settle it", async (t) => {
  const w = new World(t, jobs(1), { j1: ["publish + die"] });
  const run = w.start(["run", "jobs.jsonl", "--exec", EXEC, ...QUICK, "--max-passes", "1", "--settle", "1h"]);
  const { code, err } = await run.end;
  assert.equal(code, 6);
  assert.match(err, /reprise verify/);
});

test("--until keeps the run open for jobs that become due until then; without it they are not waited for", async (t) => {
  const w = new World(
    t,
    jobs(2, (i) => (i === 2 ? { not_before: new Date(Date.now() + 3_600_000).toISOString() } : {})),
  );
  const began = Date.now();
  const short = await w.go();
  assert.equal(short.code, 8);
  has(short.final, { final_result: "deferred", success: 1, deferred: 1, pass_count: 1 });
  // soon, and yet after the first pass of this run, however slow the machine
  const due = new Date(Date.now() + 2000 + 2 * (Date.now() - began)).toISOString();
  w.jobFile("later.jsonl", [
    { id: "j3", account: "acct3", not_before: due },
    { id: "j4", account: "acct4" },
  ]);
  const long = await w.again("later.jsonl", "--until", "5m");
  assert.equal(long.code, 8);
  has(long.final, { final_result: "deferred", success: 3, deferred: 1, pass_count: 2 });
  has(
    long.events.find((e) => e.type === "pass.waiting"),
    { reason: "until", until: due },
  );
  once(w, ["j1", "j3", "j4"]);
});

test("jobs outside --accounts are reported, not run, and do not count", async (t) => {
  const w = new World(t, jobs(3));
  const { code, final } = await w.go("--accounts", "acct1,acct9");
  assert.equal(code, 0);
  has(final, { final_result: "all_complete", total: 1, success: 1, pending: 0, out_of_scope: 2 });
  once(w, ["j1"]);
  const rest = await w.again();
  has(rest.final, { final_result: "all_complete", total: 3, success: 3 });
});

test("--halt ends the run at so many failures; the counts begin anew at the next start", async (t) => {
  const w = new World(t, jobs(4), { j1: ["fail ECONNRESET", "ok"], j2: ["fail ECONNRESET", "ok"] });
  const halted = await w.go("--halt", "soon,fail=2", "--workers", "1");
  assert.equal(halted.code, 7);
  has(halted.final, { final_result: "halted", failed_infrastructure: 2, pending: 2, attempts: 2, pass_count: 1 });
  const resumed = await w.again("--halt", "soon,fail=2", "--workers", "1");
  assert.equal(resumed.code, 0, "the same run goes on");
  has(resumed.final, { success: 4, pass_count: 2, attempts: 6 });
});
