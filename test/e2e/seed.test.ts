// What the project was founded on (2-contract 2.6), through the real command.
import assert from "node:assert/strict";
import test from "node:test";
import { EXEC, has, jobs, once, World } from "./world.ts";

test("help shows the three retry flags with their defaults", async (t) => {
  const { code, out } = await new World(t, []).run(["run", "--help"]);
  assert.equal(code, 0);
  assert.match(out, /--max-passes N .*\b3\b/);
  assert.match(out, /--retry-delay T .*\b30s?\b/);
  assert.match(out, /--infra-retry-limit N .*\b3\b/);
});

test("all jobs succeed: one pass, all_complete, exit 0, and nothing is left running", async (t) => {
  const w = new World(t, jobs(4));
  const { code, final } = await w.go();
  assert.equal(code, 0);
  has(final, {
    final_result: "all_complete",
    exit_code: 0,
    pass_count: 1,
    total: 4,
    success: 4,
    failed: 0,
    attempts: 4,
  });
  once(w, ["j1", "j2", "j3", "j4"]);
  assert.deepEqual(w.census(), []);
});

test("time-outs of phones in pass 1 are retried in pass 2, and only they", async (t) => {
  const plan = { j1: ["fail adb: device offline", "ok"], j2: ["fail ADB timeout: device never appeared", "ok"] };
  const w = new World(t, jobs(4), plan);
  const { code, final } = await w.go();
  assert.equal(code, 0);
  has(final, { final_result: "all_complete", pass_count: 2, success: 4, attempts: 6 });
  has(final.pass_history[0], {
    jobs_processed: 4,
    success_count: 2,
    failed_infrastructure: 2,
    result: "retryable_remaining",
  });
  has(final.pass_history[1], { total_jobs: 2, jobs_processed: 2, success_count: 2, result: "all_complete" });
  const again = w.tries().filter((n) => n.pass === 2);
  assert.deepEqual(again.map((n) => n.job).sort(), ["j1", "j2"]);
});

test("a suspended account is never retried: one pass, only_non_retryable, exit 3", async (t) => {
  const w = new World(t, jobs(2), { j2: ["fail We suspended your account"] });
  const { code, final } = await w.go("--max-passes", "9");
  assert.equal(code, 3);
  has(final, { final_result: "only_non_retryable", pass_count: 1, success: 1, failed_account: 1, attempts: 2 });
  const later = await w.again();
  assert.equal(later.code, 3);
  assert.equal(w.tries("j2").length, 1, "nor by the next run");
});

test("a phone that stays away: exactly --max-passes passes, max_passes_reached, exit 5, with the delay between", async (t) => {
  const w = new World(t, jobs(2), { j1: ["fail socket hang up"] });
  const { code, final, events } = await w.go("--max-passes", "2", "--retry-delay", "1");
  assert.equal(code, 5);
  has(final, { final_result: "max_passes_reached", pass_count: 2, success: 1, failed_infrastructure: 1, attempts: 3 });
  has(
    events.find((e) => e.type === "pass.waiting"),
    { pass: 1, reason: "delay", delay_ms: 1000 },
  );
  const [first, second] = w.tries("j1").map((n) => n.t);
  assert.ok(Number(second) - Number(first) >= 1000, "waited");
});

test("Ctrl+C in the delay ends promptly, exit 130, and nothing is left running", async (t) => {
  const w = new World(t, jobs(2), { j1: ["fail socket hang up"] });
  const run = w.starts("--retry-delay", "60");
  await run.event("pass.waiting");
  const asked = Date.now();
  run.signal("SIGINT");
  const { code, final } = await run.end;
  assert.equal(code, 130);
  assert.ok(Date.now() - asked < 20_000, `took ${Date.now() - asked} ms`);
  has(final, { final_result: "interrupted", success: 1, failed_infrastructure: 1 });
  assert.deepEqual(w.census(), []);
});

test("without a terminal a run tells itself in plain lines on stderr, and stdout stays empty", async (t) => {
  const w = new World(t, jobs(3), { j1: ["fail ECONNRESET", "ok"], j2: ["fail zxqv unheard of", "ok"] });
  const { out, err } = await w.run(["run", "jobs.jsonl", "--exec", EXEC, "--retry-delay", "1"]);
  const lines = err.split("\n");
  for (const line of [
    "=== PASS 1 OF 3 ===",
    "PASS 1 SUMMARY",
    "  Jobs processed: 3",
    "  Successes:      1",
    "  Failed (account):        0",
    "  Failed (infrastructure): 1",
    "  Failed (unknown):        1",
    "  Result: retryable_remaining",
    "Waiting 1s before next pass...",
    "=== PASS 2 OF 3 ===",
    "PASS 2 SUMMARY",
    "  Jobs processed: 2",
    "  Result: all_complete",
  ]) {
    assert.ok(lines.includes(line), `no line ${JSON.stringify(line)} in\n${err}`);
  }
  assert.equal(out, "");
  assert.ok(!err.includes("\u001b"), "no escape codes");
});

test("a run without retry flags uses the defaults, from the settings shown to the run itself", async (t) => {
  const w = new World(t, jobs(1));
  const shown = await w.run(["config", "--origin"]);
  for (const line of [
    /passes\.max\b.*\b3\b/,
    /passes\.delay\b.*\b30s?\b/,
    /retry\.infrastructure\b.*\b3\b/,
    /workers\b.*\b3\b/,
  ])
    assert.match(shown.out, line);
  const own = ["--max-passes", "5", "--retry-delay", "60", "--infra-retry-limit", "2"];
  const { out } = await w.run(["config"], { env: { REPRISE_MAX_PASSES: "5", REPRISE_RETRY_DELAY: "60" } });
  assert.match(out, /passes\.max\b.*\b5\b/);
  assert.match(out, /passes\.delay\b.*\b60\b/);
  const { events, final } = await w.run(["run", "jobs.jsonl", "--json", "--exec", EXEC]);
  has(
    events.find((e) => e.type === "run.started"),
    { workers: 3 },
  );
  has(
    events.find((e) => e.type === "pass.started"),
    { max_passes: 3 },
  );
  assert.equal(final.final_result, "all_complete");
  const told = await w.run(["run", "--json", "--exec", EXEC, ...own]);
  assert.equal(told.code, 4, "all are posted");
});
