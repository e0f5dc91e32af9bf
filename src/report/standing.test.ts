import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_COUNTS } from "../core/tally.ts";
import { type Plan, planJson, planLines } from "./plan.ts";
import { emptyStanding, needsYouCount, type StandingView, standingJson, standingLines } from "./standing.ts";

const style = { utf8: true, color: false, prefix: "reprise" };

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
    causes: [{ category: "infrastructure", cause: "device_offline", jobs: 3, accounts: 2 }],
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
  assert.equal(lines.at(-1), "  3 jobs     2 accounts    infrastructure/device_offline");
  assert.equal(needsYouCount(view), 2);
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
