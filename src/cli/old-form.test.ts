// What an old command line means, and that the old bin does it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { OLD_HELP, readOldForm, typed } from "./old-form.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const means = (line: string, files: readonly string[] = []) => {
  const read = readOldForm(
    line.split(" ").filter((w) => w !== ""),
    (name) => files.includes(name),
  );
  return read.ok ? read.value.commands.map(typed).join("; ") : read.error;
};

const table: [why: string, old: string, now: string][] = [
  ["a run", "--run --workers 2 --state-file jobs.jsonl", "reprise run --workers 2 --state-file jobs.jsonl"],
  ["the flags in any order", "--max-passes=2 --run --retry-delay 5", "reprise run --max-passes 2 --retry-delay 5"],
  ["accounts as words", "--run --accounts ana ben --workers 2", "reprise run --accounts ana,ben --workers 2"],
  ["accounts as a list", "--run -a ana,ben", "reprise run --accounts ana,ben"],
  ["no retry of unknown", "--run --no-retry-unknown", "reprise run --no-retry-unknown"],
  ["a campaign", "--run --campaign night", "reprise run --campaign night"],
  ["flags of the new form", "--run --exec ./p.sh --json", "reprise run --exec ./p.sh --json"],
  ["the standing", "--status", "reprise status"],
  ["the standing, not with a run's flags", "--status --workers 3 --campaign c", "reprise status --campaign c"],
  ["the settings", "--show-config --workers 9", "reprise config --workers 9"],
  ["a run to look at", "--run --workers 1 --status", "reprise config --workers 1; reprise status"],
  ["the same by the other flag", "--show-config --run", "reprise config; reprise status"],
  ["stop all", "--stop-all --campaign c", "reprise stop --campaign c; reprise sweep --campaign c"],
  ["seed only", "--seed-only --state-file a.json --workers 3", "reprise import a.json"],
  ["seed only, the old program's file", "--seed-only", "reprise import scheduler_state.json"],
  ["ports", "--run --force-kill-ports", "reprise run --force-kill-ports"],
  ["the failed again", "--run --retry-all-failed", "reprise run --retry-all-failed"],
  [
    "all failed again",
    "--run --retry-include-non-retryable",
    "reprise jobs retry --status failed; reprise run --retry-all-failed",
  ],
  [
    "the failed again, without a run",
    "--retry-all-failed",
    "reprise jobs retry --category infrastructure; reprise jobs retry --category unknown",
  ],
  ["a new day", "--reset-day", "reprise status"],
  ["a new day and a run", "--run --reset-day", "reprise run"],
  ["a typing error", "--run --wrokers 2", "--wrokers: unknown flag. Did you mean --workers?"],
  ["a word alone", "--run jobs.json", "jobs.json: belongs to no flag. A job file is named with --state-file jobs.json"],
  ["a flag without its value", "--run --workers", "--workers: needs a value. See --help"],
  ["a switch with a value", "--run=yes", "--run takes no value"],
  [
    "nothing to do",
    "--workers 2",
    "what to do? Give --run, --status, --show-config, --seed-only or --stop-all. See --help",
  ],
  ["two things at once", "--run --stop-all", "--stop-all does not go with --run or --seed-only: give one"],
];
for (const [why, old, now] of table) test(`old form: ${why}`, () => assert.equal(means(old), now));

test("old form: the Python program's own job file is taken where none is named", () => {
  assert.equal(means("--run", ["scheduler_state.json"]), "reprise run --state-file scheduler_state.json");
  assert.equal(means("--run --state-file b.json", ["scheduler_state.json"]), "reprise run --state-file b.json");
});

test("old form: what is typed can be typed again", () => {
  const read = readOldForm(["--run", "--exec", "./p.sh 'a b'"], () => false);
  assert.ok(read.ok);
  assert.equal(read.value.commands.map(typed).join(), "reprise run --exec './p.sh '\\''a b'\\'''");
});

const FLAGS = (
  "--run --status --stop-all --seed-only --show-config --workers --state-file --accounts --max-passes --retry-delay " +
  "--infra-retry-limit --no-retry-unknown --force-kill-ports --retry-all-failed --retry-include-non-retryable --reset-day --campaign"
).split(" ");

test("every old flag is on the help page and in the guide", () => {
  const guide = readFileSync(join(root, "docs/guide/coming-from-python.md"), "utf8");
  for (const flag of FLAGS) {
    assert.match(OLD_HELP, new RegExp(`^ +${flag}\\b`, "m"));
    assert.match(guide, new RegExp(`^\\| \`${flag}\\b`, "m"));
  }
});

function old(t: TestContext, more: Record<string, string> = {}) {
  const cwd = mkdtempSync(join(tmpdir(), "reprise-old-"));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  writeFileSync(join(cwd, "poster.sh"), 'echo "$REPRISE_JOB_ID" >> posts\n', { mode: 0o755 });
  const env = { PATH: process.env.PATH, HOME: cwd, REPRISE_EXEC: "sh poster.sh", REPRISE_SETTLE: "0", ...more };
  const run = (...args: string[]) => {
    const bin = join(root, "bin/parallel-orchestrator.mjs");
    const ran = spawnSync(process.execPath, [bin, ...args], { cwd, encoding: "utf8", env });
    return { code: ran.status, out: ran.stdout, err: ran.stderr };
  };
  return { cwd, run };
}

test("the old bin names the new command once on stderr, and says what a flag no longer does", (t) => {
  const { run } = old(t);
  const { code, out, err } = run("--run", "--workers", "2", "--reset-day", "--json");
  assert.equal(code, 4);
  assert.equal(err.match(/reprise run --workers 2 --json/g)?.length, 1);
  assert.match(err, /^note: --reset-day gives no daily limit back/m);
  assert.equal(JSON.parse(out.trim().split("\n").at(-1) ?? "").final_result, "no_jobs");
});

test("the old bin imports, shows and stops without a ledger being needed", (t) => {
  const { run, cwd } = old(t);
  writeFileSync(join(cwd, "scheduler_state.json"), '{"jobs":[{"id":"a","account":"x","video_path":"v.mp4"}]}');
  assert.equal(run("--stop-all").code, 0);
  assert.equal(run("--seed-only").code, 0);
  const status = run("--status");
  assert.equal(status.code, 0);
  assert.match(status.out, /Pending: +1/);
  assert.match(run("--run", "--retry-include-non-retryable", "--status").out, /^retry_all_failed|retry-all-failed/m);
});

test("the old bin refuses in one line, exit 2", (t) => {
  const { run } = old(t);
  for (const [args, line] of [
    [["--run", "--workers", "two"], /^usage: --workers is "two": must be/m],
    [["--run", "--nonsense"], /^usage: --nonsense: unknown flag/m],
  ] as const) {
    const { code, err } = run(...args);
    assert.equal(code, 2);
    assert.match(err, line);
  }
  assert.equal(run().out, OLD_HELP);
});
