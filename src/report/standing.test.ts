import assert from "node:assert/strict";
import { test } from "node:test";
import { attemptId, causeId, instant, jobId } from "../core/ids.ts";
import { NO_COUNTS } from "../core/tally.ts";
import type { CauseView } from "../ledger/ledger.ts";
import { causeDetail } from "./causes.ts";
import { type Plan, planJson, planLines } from "./plan.ts";
import { emptyStanding, needsYouCount, type StandingView, standingJson, standingLines } from "./standing.ts";

const style = { utf8: true, color: false, prefix: "reprise" };

const GONE: CauseView = {
  id: causeId("c7f3k9m2"),
  category: "infrastructure",
  cause: "device_offline",
  title: "device <text> not found",
  state: "new",
  firstAt: instant(0),
  lastAt: instant(9_000),
  jobs: 3,
  unconfirmed: 1,
  accounts: 2,
  inRun: 7,
  failures: 7,
  met: { jobs: 5, accounts: 4, devices: 1 },
  onlyDevice: "R58M12ABC",
  resolved: null,
};

test("causes that nothing stands with are told of a run that goes on, not of one that is over", () => {
  const causes = [{ ...GONE, jobs: 0, unconfirmed: 0, accounts: 0 }];
  const view = { ...emptyStanding("night"), run: "r1", causes };
  const last = (lastResult: string) => standingLines({ ...view, lastResult }, 0, style).at(-1) ?? "";
  assert.match(last("interrupted"), /^ {2}c7f3k9m2 {2}7 failures, no job left +new /);
  assert.equal(last("all_complete"), "  Posted:       0 of 0");
});

test("a cause is told with whom it met, and what can be done", () => {
  const sample = {
    job: jobId("j1"),
    attempt: attemptId("r1.1"),
    account: "ana",
    device: "R58M12ABC",
    at: instant(0),
    message: "device 'R58M12ABC' not found",
  };
  const lines = causeDetail(GONE, [sample], "reprise");
  assert.equal(lines[0], "Cause c7f3k9m2: infrastructure/device_offline (new)");
  assert.equal(lines[4], "  met       5 jobs, 4 accounts, device R58M12ABC alone");
  assert.match(lines[7] ?? "", /^ {2}1970-01-01 .* {2}j1 {2}ana on R58M12ABC: device 'R58M12ABC' not found$/);
  assert.deepEqual(lines.slice(-3), [
    "1 may be live: reprise jobs list --status unconfirmed --cause c7f3k9m2",
    "Its jobs: reprise jobs list --cause c7f3k9m2, then jobs retry --cause c7f3k9m2 or jobs hold --cause c7f3k9m2",
    "Put right? reprise causes resolve c7f3k9m2",
  ]);
});

test("phones that are on are told with what the run cost; those that nobody stops need somebody", () => {
  const since = Date.parse("2026-11-23T12:00:00Z");
  const on = [
    { device: "p1", since, isLeft: true },
    { device: "p2", since, isLeft: false },
  ];
  const phones = { minutes: { minutes: 12.4, per_post: 1.38, phones: [] }, on };
  const view: StandingView = { ...emptyStanding("night"), run: "r1", lastResult: "all_complete", phones };
  const lines = standingLines(view, since + 120_000, style);
  assert.equal(lines[1], "Needs you: 1 phone left on, and paid for (reprise sweep)");
  assert.equal(lines.at(-1), "  Phones on:    2 (p1 for 2 min, p2 for 2 min); 12.4 minutes in the run, 1.38 a post");
  const told = standingJson(view, since) as { phones: { minutes: number; on: { device: string; left: boolean }[] } };
  assert.equal(told.phones.minutes, 12.4);
  assert.deepEqual(
    told.phones.on.map(({ device, left }) => [device, left]),
    [
      ["p1", true],
      ["p2", false],
    ],
  );
});

test("a campaign without a ledger shows zeroes and asks for nothing", () => {
  const empty = emptyStanding("default");
  assert.deepEqual(standingLines(empty, 0, style), [
    "Campaign default: idle, never run",
    "Nothing needs you",
    "  Posted:       0 of 0",
  ]);
  const json = standingJson(empty, 0) as Record<string, unknown>;
  assert.equal(json.total, 0);
  assert.equal(json.state, "idle");
  assert.equal(json.next_pass_at, null);
});

test("the first screen says what needs you, what goes on by itself, and when", () => {
  const view: StandingView = {
    ...emptyStanding("night"),
    state: "waiting",
    run: "r1",
    pass: 1,
    maxPasses: 3,
    workers: 3,
    nextPassAt: 30_000,
    holder: { pid: 7, host: "desk" },
    counts: { ...NO_COUNTS, total: 9, success: 4, failed: 3, failed_infrastructure: 3, unconfirmed: 1, held: 1 },
    heldAccounts: ["ana"],
    causes: [GONE],
  };
  const lines = standingLines(view, 0, style);
  assert.match(lines[0] ?? "", /^Campaign night: waiting, next pass in 30 s \(.*\) \(pid 7 on desk\)$/);
  assert.deepEqual(lines.slice(1, 5), [
    "Needs you:",
    "  1 post may be live (reprise jobs list --status unconfirmed)",
    "  1 account held (reprise accounts list)",
    "Without you: 3 retry by themselves",
  ]);
  const one = standingLines({ ...view, heldAccounts: [] }, 0, style);
  assert.match(one[1] ?? "", /^Needs you: 1 post may be live \(.*\) · 3 retry by themselves$/);
  assert.deepEqual(lines.slice(-2), [
    "Causes:",
    "  c7f3k9m2  3 jobs, 1 unconfirmed  2 accounts  new  infrastructure/device_offline  device <text> not found  (all on R58M12ABC)",
  ]);
  assert.equal(needsYouCount(view), 2);
});

test("the number of what needs you is that of the lines", () => {
  const cut = { ...emptyStanding("night"), run: "r1", lastResult: "halted" };
  const on = [{ device: "p1", since: 0, isLeft: true }];
  const counts = { ...NO_COUNTS, failed_account: 2 };
  for (const [view, n] of [
    [emptyStanding("night"), 0],
    [cut, 1],
    [{ ...cut, counts, phones: { minutes: null, on } }, 4],
  ] as const) {
    assert.equal(needsYouCount(view), n);
    assert.equal(/^Needs you/m.test(standingLines(view, 0, style).join("\n")), n > 0);
  }
});

test("a plan names every job, why it waits, and the sums", () => {
  const plan: Plan = {
    campaign: "default",
    workers: 2,
    rows: [
      { job: "j1", account: "ana", media: "/m/1.mp4", device: null, action: "post", reason: null, at: null },
      { job: "j2", account: "ana", media: "/m/2.mp4", device: "emu-1", action: "defer", reason: "daily_limit", at: 0 },
      { job: "j3", account: null, media: "/m/3.mp4", device: null, action: "hold", reason: "no_account", at: null },
    ],
    counts: { post: 1, defer: 1, hold: 1, skip: 0, fail: 0 },
    left: { posted: 0, failed: 2, unconfirmed: 0, running: 0 },
    days: 1,
    outOfScope: 0,
    warnings: ["one media file goes to 6 accounts"],
  };
  const lines = planLines(plan, { ...style, folder: "/m" }, 2);
  assert.match(lines[1] ?? "", /^post {3}j1 {3}ana +any +1\.mp4 +now$/);
  assert.match(lines[2] ?? "", /^later {2}j2 .*emu-1 .*daily limit, due \d{4}-/);
  assert.deepEqual(lines.slice(3), [
    "... and 1 more job; all: reprise plan --verbose, or --json",
    "Held back:",
    lines[5],
    "  hold   no account   1 job",
    "At these daily limits the rest takes at least 1 more day.",
    "2 failed jobs stay as they are: reprise jobs list --status failed",
    "1 job would be posted by 2 workers; 1 later, 1 held, 0 skipped. Nothing was written.",
    "warning: one media file goes to 6 accounts",
  ]);
  const simple = planLines({ ...plan, rows: plan.rows.slice(0, 1) }, { ...style, folder: "/other" }, 2);
  assert.match(simple[1] ?? "", /^post {2}j1 {3}ana +\/m\/1\.mp4 +now$/, "no column of phones where any will do");
  const json = planJson(plan, 0) as { rows: { at: string | null }[]; post: number };
  assert.equal(json.post, 1);
  assert.equal(json.rows[1]?.at, "1970-01-01T00:00:00.000Z");
});
