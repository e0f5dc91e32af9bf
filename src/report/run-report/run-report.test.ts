import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { EventLine, RunEvent } from "../../core/events.ts";
import { overTime } from "./charts.ts";
import { csvRow, REPORT_CSV_HEADER } from "./csv-report.ts";
import { htmlReport } from "./html-report.ts";
import type { JobRow } from "./job-row.ts";
import { junitCase, xml } from "./junit-report.ts";
import { addTo, newReport, type RunReport } from "./run-report.ts";

const at = (second: number) => new Date(Date.UTC(2026, 10, 23, 10, 0, second)).toISOString();
const lineOf = (second: number, event: RunEvent, run = "r1"): EventLine => ({ v: 1, ts: at(second), run, ...event });
const OFFLINE = {
  category: "infrastructure",
  cause: "device_offline",
  rule: "r",
  message: "adb: device offline",
} as const;
type End = Extract<RunEvent, { type: "attempt.finished" }>;
const end = (job: string, outcome: End["outcome"], failure: End["failure"] = null): RunEvent => ({
  type: "attempt.finished",
  job,
  account: "ana",
  attempt: `${job}-1`,
  pass: 1,
  worker: 1,
  device: null,
  outcome,
  failure,
  url: null,
  reason: null,
  duration_ms: 1500,
});
const start: RunEvent = { type: "run.started", campaign: "night", pid: 1, workers: 2, total: 3, simulated: false };
const look = (job: string, result: "posted" | "settling"): RunEvent => ({
  type: "job.verified",
  job,
  account: "ana",
  result,
  by: "verify",
  look_again_at: null,
});

function folded(...lines: EventLine[]): RunReport {
  const report = newReport("r1");
  for (const line of lines) addTo(report, line);
  return report;
}

test("a run is folded from its events: last ends count, late ones and other runs do not", () => {
  const { jobs, ends } = folded(
    lineOf(0, start),
    lineOf(1, end("a", "failed", OFFLINE)),
    lineOf(2, end("b", "unconfirmed")),
    lineOf(3, end("a", "posted")),
    lineOf(4, end("a", "late")),
    lineOf(5, end("c", "cancelled")),
    lineOf(6, look("b", "settling")),
    lineOf(7, look("b", "posted")),
    lineOf(8, end("z", "posted"), "r2"),
  );
  assert.deepEqual(
    [...jobs].map(([job, t]) => [job, t.outcome, t.attempts, t.durationMs, t.failure]),
    [
      ["a", "posted", 2, 3000, null],
      ["b", "posted", 1, 1500, null],
      ["c", "open", 1, 1500, null],
    ],
  );
  assert.deepEqual(
    ends.map((e) => e.how),
    ["infrastructure", "unconfirmed", "posted"],
  );
});

test("no end of an attempt is left out of the columns over time", () => {
  const ends = fc.array(fc.record({ at: fc.integer({ min: 0, max: 1e9 }), how: fc.constant("posted" as const) }));
  fc.assert(
    fc.property(ends, fc.integer({ min: 1, max: 80 }), (list, most) => {
      const stacks = overTime(list, 0, most);
      assert.ok(stacks.length <= most + 1);
      assert.equal(
        stacks.reduce((sum, s) => sum + (s.n.posted ?? 0), 0),
        list.length,
      );
    }),
  );
});

const EVIL = `<img src=x onerror=alert(1)>"'&</style><script>fetch("https://evil.example")</script>`;
const row = (more: Partial<JobRow>): JobRow => ({
  job: "j1",
  account: "ana",
  platform: "default",
  media: "/m/1.mp4",
  caption: "hello",
  status: "failed",
  category: "content",
  cause: "rejected",
  message: "no",
  attempts: 1,
  durationMs: 1500,
  endedAt: at(1),
  url: "",
  ...more,
});

test("the page takes nothing from outside, and no caption, name or message becomes markup", () => {
  const evil = row({ job: EVIL, account: EVIL, caption: EVIL, message: EVIL, cause: EVIL });
  const report = folded(
    lineOf(0, { ...start, campaign: EVIL }),
    lineOf(1, end("a", "failed", { ...OFFLINE, cause: EVIL, message: EVIL })),
    lineOf(2, { type: "warning", code: "x", message: EVIL }),
  );
  const page = htmlReport(report, { rows: [evil], open: 3, held: [{ account: EVIL, cause: EVIL, reason: EVIL }] });
  assert.doesNotMatch(page, /<script|<img|<link|<iframe|<[^>]+\s(?:href|src|on\w+)=/i);
  assert.match(page, /Content-Security-Policy" content="default-src 'none'/);
  assert.equal(page.match(/<\/style>/g)?.length, 1);
  assert.match(page, /&lt;script&gt;/);
  assert.match(page, /and 2 more: reprise report --csv/);
});

test("a caption that a spreadsheet would run is text in the CSV", () => {
  const cells = csvRow(row({ caption: '=HYPERLINK("http://evil")', message: "+1", account: "@x", job: "-j" }));
  assert.match(cells, /^'-j,'@x,/);
  assert.match(cells, /,"'=HYPERLINK\(""http:\/\/evil""\)",'\+1$/);
  assert.equal(REPORT_CSV_HEADER.split(",").length, 13);
});

test("what XML can't hold is replaced, the rest is escaped", () => {
  assert.equal(xml('a\u0000\u001b<b>&"\n\ud800 😀'), "a\ufffd\ufffd&lt;b&gt;&amp;&quot;&#10;\ufffd 😀");
});

const cases: [status: string, want: RegExp][] = [
  ["success", /^<testcase classname="ana" name="j1" time="1.5"\/>\n$/],
  ["failed", /<failure type="content\/rejected" message="no"\/>/],
  ["unconfirmed", /<error type="unconfirmed"/],
  ["deferred", /<skipped message="deferred"\/>/],
  ["held", /<skipped message="held"\/>/],
];
for (const [status, want] of cases) {
  test(`a job that is ${status} is a test case that says so`, () => assert.match(junitCase(row({ status })), want));
}
