// A run that nobody watches: the command after it, its heartbeat, its logs, and cron's bare environment.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { EXEC, has, jobs, until, World } from "./world.ts";

const read = (w: World, name: string) => readFileSync(join(w.dir, name), "utf8");
const readJson = (w: World, name: string) => JSON.parse(read(w, name)) as Record<string, unknown>;

test("the command after a run gets the result on its stdin and the campaign in its environment", async (t) => {
  const w = new World(t, jobs(2));
  const hook =
    'cat > got.json; echo "$REPRISE_CAMPAIGN $REPRISE_FINAL_RESULT $REPRISE_EXIT_CODE" > env.txt; reprise status --json > status.json';
  const { code, final } = await w.go("--on-finish", hook);
  assert.equal(code, 0);
  assert.deepEqual(readJson(w, "got.json"), final);
  assert.equal(read(w, "env.txt"), "default all_complete 0\n");
  has(readJson(w, "status.json"), { state: "idle", success: 2, final_result: "all_complete" });
  assert.deepEqual(w.census(), []);
});

test("the command after a run never changes the exit code; its failure is a warning on stderr and in the log", async (t) => {
  const w = new World(t, jobs(1));
  const { code, err, final } = await w.go("--on-finish", "echo said; exit 9");
  assert.equal(code, 0);
  has(final, { type: "run.finished" });
  assert.match(err, /^said$/m);
  assert.match(err, /^warning: on-finish: exit code 9; the result of the run stands$/m);
  assert.match(read(w, ".reprise/logs/orchestrator.log"), /"code":"on_finish","message":"on-finish: exit code 9/);
});

test("the command runs after a halt and after a stop too, and not where no run started", async (t) => {
  const w = new World(t, jobs(4), {
    "*": ["fail Neither ANDROID_HOME nor ANDROID_SDK_ROOT environment variable was exported"],
  });
  w.write("reprise.config.yaml", "on_finish: 'echo \"$REPRISE_FINAL_RESULT\" >> ends.txt'\n");
  assert.equal((await w.go()).code, 7);
  const refused = await w.run(["run", "no-such-file.csv", "--exec", EXEC]);
  assert.equal(refused.code, 2);
  w.plan({ "*": ["at here + ok"] });
  const running = w.starts();
  await w.reached("here");
  running.signal("SIGTERM");
  assert.equal((await running.end).code, 143);
  assert.equal(read(w, "ends.txt"), "halted\ninterrupted\n");
});

test("a stop that comes while the command runs ends it, with all it started", async (t) => {
  const w = new World(t, jobs(1));
  const running = w.starts("--on-finish", "sleep 600 & echo up > up.txt; sleep 600");
  await until("the command", () => existsSync(join(w.dir, "up.txt")));
  running.signal("SIGINT");
  const { code, err } = await running.end;
  assert.equal(code, 0);
  assert.match(err, /on-finish: was ended by a stop/);
  assert.deepEqual(w.census(), []);
});

test("a simulated run calls the configured command only if its own flag says so", async (t) => {
  const w = new World(t, jobs(1));
  w.write("reprise.config.yaml", "on_finish: echo config >> ends.txt\n");
  await w.run(["run", "jobs.jsonl", "--simulate", "--json"]);
  assert.ok(!existsSync(join(w.dir, "ends.txt")));
  await w.run(["run", "--simulate", "--json", "--on-finish", "echo flag >> ends.txt"]);
  assert.equal(read(w, "ends.txt"), "flag\n");
});

test("the heartbeat tells pass, counts and health while a run goes on, and how it ended", async (t) => {
  const w = new World(t, jobs(2), { j1: ["fail socket hang up", "ok"] });
  const running = w.starts("--retry-delay", "60");
  await running.event("pass.waiting");
  const waiting = await until("a beat of the wait", () => {
    const beat = existsSync(join(w.dir, ".reprise/heartbeat.json")) ? readJson(w, ".reprise/heartbeat.json") : {};
    return beat.state === "waiting" ? beat : null;
  });
  has(waiting, {
    v: 1,
    pid: running.pid,
    campaign: "default",
    pass: 1,
    healthy: true,
    in_flight: 0,
    final_result: null,
  });
  assert.equal(typeof waiting.last_claim_at, "string");
  has(waiting.counts as object, { total: 2, success: 1, failed_infrastructure: 1 });
  running.signal("SIGINT");
  await running.end;
  has(readJson(w, ".reprise/heartbeat.json"), { state: "ended", final_result: "interrupted", exit_code: 130 });
});

test("a log over its size is rotated at the start of a run", async (t) => {
  const w = new World(t, jobs(1));
  const log = join(w.dir, ".reprise/logs/worker_1.log");
  mkdirSync(join(w.dir, ".reprise/logs"), { recursive: true, mode: 0o700 });
  writeFileSync(log, "old\n", { mode: 0o600 });
  truncateSync(log, 21 * 1024 * 1024); // sparse
  assert.equal((await w.go()).code, 0);
  assert.equal(statSync(`${log}.1`).size, 21 * 1024 * 1024);
  assert.ok(statSync(log).size < 1024 * 1024);
});

test("a run from cron's bare environment neither asks nor colours, and exits as the result says", async (t) => {
  const w = new World(t, jobs(2));
  w.write("poster.sh", 'echo "$REPRISE_JOB_ID" >> posted.txt\n');
  const bin = join(import.meta.dirname, "../../bin/reprise.mjs");
  const line = `cd ${w.dir} && ${process.execPath} ${bin} run jobs.jsonl --exec 'sh poster.sh'`;
  const bare = ["-i", "SHELL=/bin/sh", `HOME=${w.dir}`, "LOGNAME=op", "/bin/sh", "-c", line];
  const { status, stderr, stdout } = spawnSync("env", bare, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  assert.equal(status, 0, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /=== PASS 1 OF 3 ===/);
  assert.ok(!stderr.includes("\u001b"), "no colours");
  assert.deepEqual(read(w, "posted.txt").trim().split("\n").sort(), ["j1", "j2"]);
});

test("the daily limit of a state file counts when the file was taken in earlier, unless a flag says otherwise", async (t) => {
  const w = new World(
    t,
    jobs(3, () => ({ account: "solo" })),
  );
  const rows = jobs(3).map(({ id }) => ({
    id,
    account: "solo",
    video_path: `${id}.mp4`,
    caption: "c",
    status: "pending",
  }));
  w.write("state.json", JSON.stringify({ jobs: rows, accounts: [], settings: { posts_per_account_per_day: 2 } }));
  assert.equal((await w.run(["import", "state.json"])).code, 0);
  assert.match((await w.run(["config", "--origin"])).out, /^limits\.daily +2 +campaign \(its job file\)$/m);
  const plan = await w.ask("plan");
  has(plan, { post: 2, defer: 1 });
  const ended = await w.again();
  has(ended.final, { success: 2, deferred: 1, final_result: "deferred", exit_code: 8 });
  has((await w.again("--daily-limit", "3")).final, { success: 3, final_result: "all_complete" });
});
