import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventLine, RunEvent } from "../core/events.ts";
import { NO_COUNTS, NO_STATS } from "../core/tally.ts";
import { heartbeat, type LineStyle, linesOf } from "./lines.ts";
import { fold, NO_RUN, type RunView } from "./run-view.ts";

const plain: LineStyle = {
  utf8: true,
  color: false,
  prefix: "reprise",
  loudness: "normal",
  exitWords: (c) => `${c} in words`,
};
const event = (e: RunEvent): EventLine => ({ v: 1, ts: "2026-11-23T14:00:00.000Z", run: "r1", ...e });

/** All lines of these events, and the view after them. */
function play(events: RunEvent[], style: LineStyle = plain): { text: string[]; view: RunView } {
  let view = NO_RUN;
  const text: string[] = [];
  for (const e of events) {
    text.push(...linesOf(view, event(e), style));
    view = fold(view, event(e));
  }
  return { text, view };
}

const attempt = (job: string, pass = 1) => ({
  job,
  account: `acct-${job}`,
  attempt: `a-${job}-${pass}`,
  pass,
  worker: 1,
  device: null,
});
const failure = (category: "account" | "infrastructure" | "content", cause: string, message: string) => ({
  category,
  cause,
  rule: "r",
  message,
});
const ended = { duration_ms: 2100, url: null, reason: null, failure: null };
const started: RunEvent = { type: "run.started", campaign: "default", pid: 7, workers: 2, total: 5, simulated: false };
const pass1: RunEvent = { type: "pass.started", pass: 1, max_passes: 3, total_jobs: 5 };
const spoke = (job: string): RunEvent[] => [
  { type: "attempt.started", ...attempt(job) },
  { type: "attempt.publishing", ...attempt(job) },
];
const finished = (over: Partial<Extract<RunEvent, { type: "run.finished" }>>): RunEvent => ({
  type: "run.finished",
  ...NO_COUNTS,
  campaign: "default",
  final_result: "all_complete",
  exit_code: 0,
  pass_count: 1,
  attempts: 5,
  pass_history: [],
  ...over,
});

test("a run without a terminal writes the lines that scripts look for", () => {
  const { text } = play([
    started,
    pass1,
    ...spoke("j1"),
    { type: "attempt.finished", ...attempt("j1"), ...ended, outcome: "posted" },
    ...spoke("j2"),
    {
      type: "attempt.finished",
      ...attempt("j2"),
      ...ended,
      outcome: "failed",
      failure: failure("infrastructure", "device_offline", "adb: device offline"),
    },
    {
      type: "pass.summary",
      pass: 1,
      result: "retryable_remaining",
      duration_ms: 9,
      ...NO_STATS,
      jobs_processed: 5,
      success_count: 3,
      failed_infrastructure: 2,
    },
    { type: "pass.waiting", pass: 1, reason: "delay", delay_ms: 30_000, until: "2026-11-23T14:00:30.000Z" },
  ]);
  assert.deepEqual(text, [
    "Run r1: campaign default, 5 jobs, 2 workers (pid 7)",
    "=".repeat(60),
    "=== PASS 1 OF 3 ===",
    "=".repeat(60),
    "✓ posted      j1  acct-j1  (2.1 s)",
    "~ retry       j2  acct-j2: infrastructure/device_offline: adb: device offline (2.1 s)",
    "-".repeat(60),
    "PASS 1 SUMMARY",
    "-".repeat(60),
    "  Jobs processed: 5",
    "  Successes:      3",
    "  Failed (account):        0",
    "  Failed (infrastructure): 2",
    "  Failed (unknown):        0",
    "  Result: retryable_remaining",
    "-".repeat(60),
    "Waiting 30s before next pass...",
  ]);
});

test("content, setup and unconfirmed have a summary line when there are any", () => {
  const stats = { ...NO_STATS, jobs_processed: 3, failed_content: 1, failed_setup: 1, unconfirmed: 1 };
  const { text } = play([{ type: "pass.summary", pass: 2, result: "halted", duration_ms: 1, ...stats }]);
  assert.deepEqual(text.slice(3, 11), [
    "  Jobs processed: 3",
    "  Successes:      0",
    "  Failed (account):        0",
    "  Failed (content):        1",
    "  Failed (setup):          1",
    "  Failed (infrastructure): 0",
    "  Failed (unknown):        0",
    "  Unconfirmed:             1",
  ]);
});

test("a failure of the last pass is not said to be retried", () => {
  const offline = failure("infrastructure", "device_offline", "gone");
  const { text } = play([
    { type: "pass.started", pass: 3, max_passes: 3, total_jobs: 1 },
    { type: "attempt.finished", ...attempt("j1", 3), ...ended, outcome: "failed", failure: offline },
  ]);
  assert.equal(text[3], "✗ failed      j1  acct-j1: infrastructure/device_offline: gone (2.1 s)");
});

test("without UTF-8 every symbol is ASCII; with colour the word stays", () => {
  const posted: RunEvent = { type: "attempt.finished", ...attempt("j1"), ...ended, outcome: "posted" };
  assert.match(play([posted], { ...plain, utf8: false }).text[0] ?? "", /^\+ posted/);
  assert.match(play([posted], { ...plain, color: true }).text[0] ?? "", /^.\[32m✓ posted/);
});

test("no line carries a control character from outside", () => {
  const evil = "\u001b[2J\u009b31m\nfake: all posted\u202e";
  const { text } = play([
    {
      type: "attempt.finished",
      ...attempt("j1"),
      account: evil,
      job: evil,
      ...ended,
      outcome: "failed",
      failure: failure("account", evil, evil),
    },
    {
      type: "account.held",
      account: evil,
      platform: evil,
      cause: evil,
      reason: evil,
      cooldown_until: null,
      jobs_held: 2,
    },
    { type: "warning", code: "x", message: evil },
    { type: "job.verified", job: evil, account: evil, result: "posted", by: "verify", look_again_at: null },
    finished({ total: 1, failed: 1, failed_account: 1 }),
  ]);
  for (const line of text) assert.doesNotMatch(line, /[\p{Cc}\u202e]/u);
});

test("quiet tells only what needs a person; verbose tells all", () => {
  const events: RunEvent[] = [
    started,
    pass1,
    ...spoke("j1"),
    { type: "attempt.finished", ...attempt("j1"), ...ended, outcome: "posted" },
    {
      type: "attempt.finished",
      ...attempt("j2"),
      ...ended,
      outcome: "unconfirmed",
      failure: failure("infrastructure", "poster_killed", "SIGKILL"),
    },
  ];
  const quiet = play(events, { ...plain, loudness: "quiet" }).text;
  assert.deepEqual(quiet, [
    "? unconfirmed j2  acct-j2: may be live, is not tried again; infrastructure/poster_killed: SIGKILL (2.1 s)",
  ]);
  const verbose = play(events, { ...plain, loudness: "verbose" }).text;
  assert.ok(verbose.some((l) => l.includes("started")) && verbose.some((l) => l.includes("publishing")));
});

test("the end says what needs you, with the next command, and the exit code in words", () => {
  const { text } = play(
    [
      {
        type: "account.held",
        account: "ana",
        platform: "default",
        cause: "suspended",
        reason: "",
        cooldown_until: null,
        jobs_held: 0,
      },
      finished({
        final_result: "unconfirmed_remaining",
        exit_code: 6,
        total: 4,
        success: 2,
        failed: 1,
        failed_account: 1,
        unconfirmed: 1,
        attempts: 4,
      }),
    ],
    { ...plain, prefix: "reprise --campaign x" },
  );
  assert.deepEqual(text.slice(1), [
    "Run ended: unconfirmed_remaining after 1 pass, 4 attempts",
    "  Posted:       2 of 4",
    "  Failed:       1 (account 1)",
    "  Unconfirmed:  1",
    "Needs you:",
    "  1 post may be live, look before anything else: reprise --campaign x jobs list --status unconfirmed",
    "  1 held account (ana): reprise --campaign x accounts list",
    "  1 failed for the account's sake: reprise --campaign x jobs list --category account",
    "Exit code 6 in words",
  ]);
});

test("the owner of a silent poster is told how to speak; one that speaks is not", () => {
  const silent: RunEvent[] = [
    { type: "attempt.started", ...attempt("j1") },
    { type: "attempt.finished", ...attempt("j1"), ...ended, outcome: "posted" },
    finished({ total: 1, success: 1 }),
  ];
  assert.match(play([started, ...silent]).text.join("\n"), /1 attempt stayed silent.*reprise ask-publish/);
  const spoken: RunEvent[] = [...spoke("j1"), ...silent.slice(1)];
  assert.doesNotMatch(play([started, ...spoken]).text.join("\n"), /silent/);
});

test("a stop says at once what happens and what a second one does", () => {
  const stop = (stage: 1 | 2, in_flight: number, past_intent: number): RunEvent => ({
    type: "stop.requested",
    by: "SIGINT",
    stage,
    in_flight,
    past_intent,
  });
  assert.deepEqual(play([stop(1, 3, 1), stop(1, 0, 0), stop(2, 1, 1)]).text, [
    'Stopping (SIGINT): no new ones start, 2 before the tap are cancelled, 1 past it may finish. Ctrl+C again: stop now, 1 post may stay "unconfirmed".',
    "Stopping (SIGINT): no new ones start, no post is under way. Ctrl+C again: stop now.",
    'Stopping now (SIGINT): 1 post past the tap may be live and stay "unconfirmed".',
  ]);
});

test("a provider that gives no phones is told with why and when it is asked again; its end with how long it took", () => {
  const probe_at = new Date(Date.parse("2026-11-23T14:00:00.000Z") + 5_000).toISOString();
  const opened = { type: "outage.opened", cause: "provider_error", devices: 9, attempts: 0, probe_at } as const;
  const closed = { type: "outage.closed", cause: "provider_error", probes: 3, duration_ms: 600_000 } as const;
  const provider = "geelark";
  assert.deepEqual(
    play([
      { ...opened, provider, message: "HTTP 503" },
      { ...closed, provider },
    ]).text,
    [
      "Outage: geelark gives no phones; nothing is charged, phones that are on go on. Asked again in 5 s: HTTP 503",
      "Outage over after 10 min: geelark gives phones again; nothing was charged",
    ],
  );
});

test("the heartbeat says where the run is", () => {
  const running = play([started, pass1, ...spoke("j1")]).view;
  assert.equal(heartbeat(running, 0), "still here: pass 1 of 3, 0 of 5 tried, 1 running");
  const until = "2026-11-23T14:05:00.000Z";
  const waiting = play([started, pass1, { type: "pass.waiting", pass: 1, reason: "delay", delay_ms: 1, until }]).view;
  assert.equal(heartbeat(waiting, Date.parse(until) - 65_000), "still here: waiting, 1 min 5 s left");
});

test("a run with nothing to do says that all was posted before, and only then", () => {
  const idle = { final_result: "no_jobs", exit_code: 4, pass_count: 0, attempts: 0 } as const;
  const says = (over: Parameters<typeof finished>[0]) =>
    play([started, finished({ ...idle, ...over })]).text.some((line) => line.startsWith("All of them were posted"));
  assert.deepEqual(
    [
      says({ success: 3, total: 3 }),
      says({ success: 2, total: 3 }),
      says({ total: 0 }),
      says({ success: 3, total: 3, attempts: 1 }),
    ],
    [true, false, false, false],
  );
});
