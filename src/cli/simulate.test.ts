// The scenarios that go by a name, in real processes: what they come to, and what the sink, as the witness, holds.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { EventLine, RunFinished } from "../core/events.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const limit = { timeout: 60_000 };

async function play(t: TestContext, ...args: string[]) {
  const dir = mkdtempSync(join(tmpdir(), "reprise-simulate-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  cpSync(join(root, "examples/scenarios/jobs.csv"), join(dir, "jobs.csv"));
  const env = { PATH: process.env.PATH, HOME: dir, TZ: "UTC" };
  const all = [join(root, "bin/reprise.mjs"), "run", "jobs.csv", ...args];
  const child = spawn(process.execPath, all, { cwd: dir, env, stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (d) => (out += d));
  child.stderr.on("data", (d) => (err += d));
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { dir, code, out, err };
}

function witness(dir: string): string[] {
  const lines = readFileSync(join(dir, ".reprise/simulated/simulated-posts.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => (JSON.parse(line) as { job: string }).job);
}

type Want = { code: number; success: number; saw: (event: EventLine) => boolean };
const failed = (cause: string) => (e: EventLine) => e.type === "attempt.finished" && e.failure?.cause === cause;
const scenarios: Record<string, Want> = {
  "all-well": { code: 0, success: 12, saw: (e) => e.type === "run.finished" && e.attempts === 12 },
  "bad-night": { code: 0, success: 12, saw: failed("worker_lost") },
  "account-trouble": { code: 3, success: 8, saw: (e) => e.type === "account.held" && e.cause === "suspended" },
  "slow-feed": { code: 0, success: 12, saw: (e) => e.type === "job.verified" && e.result === "settling" },
  outage: { code: 0, success: 12, saw: failed("provider_error") },
};
for (const [name, want] of Object.entries(scenarios)) {
  test(`--simulate ${name}: comes to its end in real processes, and nothing is posted twice`, limit, async (t) => {
    // passes enough: when each absence is believed, and so how many passes the tries fall into, is a matter of the machine's speed
    const given = ["--simulate", name, "--retry-delay", "0.5", "--settle", "1", "--max-passes", "9"];
    const { dir, code, out } = await play(t, ...given, "--json");
    assert.equal(code, want.code, out);
    const events = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as EventLine);
    const end = events.at(-1) as EventLine & RunFinished;
    assert.equal(end.success, want.success);
    assert.ok(events.some(want.saw), "the trouble it is named for was met");
    const posts = witness(dir);
    assert.deepEqual([posts.length, new Set(posts).size], [want.success, want.success]);
  });
}

test("a hang ends by its time-out: failed before the tap, unconfirmed and found after it", limit, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "reprise-hang-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const text = "jobs: {harbour: [hang, ok], market: hang_after_intent}\n";
  const scenario = join(dir, "hang.json");
  writeFileSync(scenario, text);
  const args = ["--simulate", scenario, "--attempt-timeout", "1", "--retry-delay", "0", "--settle", "0"];
  const ran = await play(t, ...args);
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.err, /retry +harbour {2}ana: infrastructure\/attempt_timeout/);
  assert.match(ran.err, /unconfirmed market {2}ben: .*attempt_timeout/);
  assert.match(ran.err, /verified +market {2}ben: it is posted/);
});

const refused: [why: string, args: string[], want: RegExp][] = [
  [
    "a name nobody knows",
    ["--simulate", "bad-nihgt"],
    /^usage: --simulate is "bad-nihgt": no such scenario; did you mean bad-night\? built in: all-well, .* \(exit 2\)\n$/,
  ],
  [
    "a file that is not there",
    ["--simulate", "x.yaml"],
    /^usage: .*x\.yaml: there is no such scenario file\. \(exit 2\)\n$/,
  ],
  [
    "a job file in its place",
    ["--simulate", "jobs.csv"],
    /^usage: .*jobs\.csv:1: scenario: not a map .* --simulate after it\. \(exit 2\)\n$/,
  ],
];
for (const [why, args, want] of refused) {
  test(`--simulate is refused before anything starts: ${why}`, limit, async (t) => {
    const { code, err } = await play(t, ...args);
    assert.equal(code, 2);
    assert.match(err, want);
  });
}

test("a simulated run's hints lead to its own ledger", limit, async (t) => {
  const { err } = await play(t, "--simulate", "account-trouble");
  assert.match(err, /: reprise --state-dir \.reprise\/simulated accounts list$/m);
});
