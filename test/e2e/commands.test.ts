// What people do beside a run, and what a run must not do: plan, simulate, hold, release, retry, secrets, streams.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { EXEC, has, jobs, kill, once, QUICK, World } from "./world.ts";

/** Every file below a folder with its content's hash. */
function snapshot(dir: string): Record<string, string> {
  const files = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((f) => statSync(join(dir, f)).isFile());
  const hash = (f: string) =>
    createHash("sha1")
      .update(readFileSync(join(dir, f)))
      .digest("hex");
  return Object.fromEntries(files.sort().map((f) => [f, hash(f)]));
}

test("plan and --dry-run say who would post what and what is held back, and write nothing", async (t) => {
  const w = new World(
    t,
    jobs(3, (i) => (i === 3 ? { account: "acct2" } : {})),
  );
  const before = snapshot(w.dir);
  const plan = await w.run(["plan", "jobs.jsonl", "--exec", EXEC, ...QUICK, "--max-passes", "2"]);
  assert.equal(plan.code, 0, plan.err);
  for (const id of ["j1", "j2", "j3"]) assert.match(plan.out, new RegExp(`\\b${id}\\b`));
  const dry = await w.run(["run", "jobs.jsonl", "--exec", EXEC, "--dry-run", "--json"]);
  has(JSON.parse(dry.out), { type: "plan", post: 2, defer: 1, total: 3 });
  assert.deepEqual(snapshot(w.dir), before);
});

test("plan tells of media that is not there, by folder, and reads none", async (t) => {
  const w = new World(t, []);
  mkdirSync(join(w.dir, "here"));
  w.write("here/a.mp4", "not even a video");
  const rows = ["here/a.mp4", "here/b.mp4", "gone/c.mp4", "gone/d.mp4"];
  w.jobFile(
    "jobs.jsonl",
    rows.map((media, i) => ({ id: `j${i}`, account: `acct${i}`, media })),
  );
  const { code, out } = await w.run(["plan", "jobs.jsonl", "--exec", EXEC]);
  assert.equal(code, 0);
  assert.match(out, /^warning: 1 of 2 files not in \S+\/here: b\.mp4$/m);
  assert.match(out, /^warning: \S+\/gone is not there: 2 files of these jobs should be in it; .*--media-map/m);
  const { warnings } = await w.ask("plan", "jobs.jsonl", "--simulate");
  assert.deepEqual(warnings, [], "a simulation needs no media");
});

test("plan refuses what run would refuse: a second ledger, a poster that is not there; status names the folder", async (t) => {
  const w = new World(t, jobs(1));
  await w.run(["import", "jobs.jsonl"]);
  const cwd = join(w.dir, "elsewhere");
  mkdirSync(cwd);
  const second = await w.run(["plan", "../jobs.jsonl"], { cwd });
  assert.deepEqual([second.code, /lies a ledger/.test(second.err)], [2, true]);
  const poster = await w.run(["plan", "--exec", "./gone.sh"]);
  assert.deepEqual([poster.code, /gone\.sh: there is no such file/.test(poster.err)], [2, true]);
  assert.match((await w.run(["status"], { cwd })).out, /^No ledger in .*elsewhere\/\.reprise yet/m);
  assert.doesNotMatch((await w.run(["status"])).out, /No ledger/);
});

test("a ledger that a refused run left in the wrong folder does not let the next one post all again", async (t) => {
  const w = new World(t, jobs(1));
  const run = (file: string, cwd = w.dir) => w.run(["run", file, "--exec", EXEC], { cwd });
  assert.equal((await run("gone.jsonl")).code, 2);
  const first = await run("jobs.jsonl");
  assert.deepEqual([first.code, /^New ledger in /m.test(first.err)], [0, true]);
  const cwd = join(w.dir, "elsewhere");
  mkdirSync(cwd);
  assert.equal((await run("jobs.jsonl", cwd)).code, 2);
  assert.ok(existsSync(join(cwd, ".reprise/ledger.db")));
  const again = await run("../jobs.jsonl", cwd);
  assert.deepEqual([again.code, /lies a ledger/.test(again.err), w.posts()], [2, true, ["j1"]]);
});

test("plan over a campaign that exists leaves its ledger as it is", async (t) => {
  const w = new World(t, jobs(2), { j2: ["fail socket hang up"] });
  await w.go("--max-passes", "1");
  const standing = await w.status();
  const plan = await w.ask("plan", "--exec", EXEC);
  has(plan, { post: 1 });
  const { ts: _a, ...after } = await w.status();
  const { ts: _b, ...before } = standing;
  assert.deepEqual(after, before);
});

test("plan beside a living run, and after its kill -9, plans from what stands; a damaged ledger is refused as such", async (t) => {
  const w = new World(t, jobs(3), { j1: ["at there + hang", "ok"] });
  const run = w.starts("--workers", "1");
  await w.reached("there");
  has(await w.ask("plan"), { post: 2 });
  for (const { pid } of w.census()) kill(pid, "SIGKILL");
  await run.end;
  has(await w.ask("plan"), { post: 2 });
  has((await w.again()).final, { success: 3 });
  w.write(".reprise/ledger.db", "x".repeat(9_000));
  w.isDamaged = true;
  const refused = await w.run(["plan"]);
  assert.deepEqual([refused.code, /ledger\.db is not a ledger/.test(refused.err)], [20, true], refused.err);
});

test("a simulated run plays the open jobs and never touches the real history", async (t) => {
  const w = new World(t, jobs(3), { j1: ["fail socket hang up"] });
  await w.go("--max-passes", "1");
  const before = await w.status();
  w.write("scenario.yaml", "jobs:\n  j1: [{outcome: fail, message: device offline}, ok]\n");
  const played = await w.run(["run", "--simulate", "scenario.yaml", "--json", "--retry-delay", "0"]);
  assert.equal(played.code, 0, played.err);
  has(
    played.events.find((e) => e.type === "run.started"),
    { simulated: true },
  );
  has(played.final, { final_result: "all_complete", attempts: 2, pass_count: 2 });
  const { ts: _a, ...after } = await w.status();
  const { ts: _b, ...was } = before;
  assert.deepEqual(after, was);
  assert.equal(w.tries("j1").length, 1, "no poster was started");
  has((await w.run(["run", "--simulate", "--json", "--retry-delay", "0"])).final, { attempts: 1, pass_count: 1 });
  w.plan({});
  has((await w.again("--daily-limit", "0")).final, { success: 3 });
});

test("secrets named in the config do not reach the poster, nor any log; the rest of the environment does", async (t) => {
  const w = new World(t, jobs(1), {
    j1: ["env API_TOKEN + env PLAIN + env REPRISE_CAPTION + err the token is tr0ub4dor + fail no"],
  });
  w.write("reprise.config.yaml", "secrets: [API_TOKEN]\n");
  const env = { API_TOKEN: "tr0ub4dor", PLAIN: "plain" };
  const { out, err } = await w.run(["run", "jobs.jsonl", "--json", "--exec", EXEC, "--max-passes", "1"], { env });
  const seen = Object.fromEntries(w.notes("env").map((n) => [n.name, n.value]));
  assert.deepEqual(seen, { API_TOKEN: null, PLAIN: "plain", REPRISE_CAPTION: "about j1" });
  assert.ok(!(out + err).includes("tr0ub4dor"), "on the streams");
  const state = join(w.dir, ".reprise");
  for (const file of Object.keys(snapshot(state))) {
    assert.ok(!readFileSync(join(state, file)).includes("tr0ub4dor"), `in ${file}`);
  }
});

test("nothing of a job is ever read by a shell", async (t) => {
  const evil = "$(touch pwned) `touch pwned` '; touch pwned; \" \\ \n | &";
  const w = new World(t, [
    { id: "a'$(touch pwned)", account: evil.replace("\n", ""), caption: evil, media: "m';touch pwned;.mp4" },
  ]);
  w.jobFile("plain.jsonl", [{ id: "m" }]);
  w.write("m';touch pwned;.mp4", readFileSync(join(w.dir, "m.mp4")));
  w.plan({ "*": ["env REPRISE_CAPTION + ok"] });
  const { code, err } = await w.go();
  assert.equal(code, 0, err);
  assert.deepEqual(
    w.notes("env").map((n) => n.value),
    [evil],
  );
  assert.ok(!readdirSync(w.dir).includes("pwned"));
});

test("a person holds a job and releases it; held jobs are not run and do not pass as complete", async (t) => {
  const w = new World(t, jobs(2));
  await w.run(["import", "jobs.jsonl"]);
  assert.equal((await w.run(["jobs", "hold", "j1", "--yes"])).code, 0);
  const held = await w.again();
  assert.equal(held.code, 8);
  has(held.final, { final_result: "deferred", held: 1, success: 1 });
  assert.equal((await w.run(["jobs", "release", "j1", "--yes"])).code, 0);
  has((await w.again()).final, { final_result: "all_complete", success: 2 });
});

test("a person holds an account: its jobs wait, also those of a campaign that comes later", async (t) => {
  const w = new World(
    t,
    jobs(2, () => ({ account: "ann" })),
  );
  await w.run(["import", "jobs.jsonl"]);
  assert.equal((await w.run(["accounts", "hold", "ann", "--yes"])).code, 0);
  const { code, final } = await w.again("--daily-limit", "0");
  assert.equal(code, 3);
  has(final, { held: 2, attempts: 0, pass_count: 0 });
  w.jobFile("other.jsonl", [{ id: "x", account: "ann" }]);
  has((await w.again("other.jsonl", "--campaign", "other")).final, { held: 1, attempts: 0 });
  assert.equal((await w.run(["accounts", "release", "ann", "--yes"])).code, 0);
  has((await w.again("--daily-limit", "0")).final, { final_result: "all_complete", success: 2 });
});

test("jobs retry shows its list first and takes failed jobs alone; --retry-all-failed takes what an import called failed", async (t) => {
  const w = new World(t, jobs(3), {
    j1: ["refuse content rejected no + exit 1", "ok"],
    j2: ["publish + die"],
    "look j2": ["null"],
  });
  const first = await w.go();
  has(first.final, { failed_content: 1, unconfirmed: 1, success: 1 });
  const retried = await w.run(["jobs", "retry", "--status", "failed,unconfirmed", "--yes"]);
  assert.match(retried.err, /j1/);
  assert.equal(w.tries().length, 3, "asking for it posts nothing");
  has((await w.again("--daily-limit", "0")).final, { success: 2, unconfirmed: 1, failed: 0 });
  assert.equal(w.tries("j2").length, 1);
});

test("jobs that an import called failed are run only with --retry-all-failed, posted ones never", async (t) => {
  const w = new World(t, []);
  w.jobFile("plain.jsonl", jobs(3));
  const row = (id: string, status: string) => ({ id, account: id, video_path: `${id}.mp4`, caption: "c", status });
  const state = { jobs: [row("j1", "pending"), row("j2", "failed"), row("j3", "success")], accounts: [], settings: {} };
  w.write("state.json", JSON.stringify(state));
  has((await w.again("state.json")).final, { total: 3, success: 2, failed: 1, attempts: 1 });
  has((await w.again("--retry-all-failed")).final, { total: 3, success: 3, attempts: 1 });
  once(w, ["j1", "j2"]);
});

test("with --json stdout is data alone and stderr messages alone; without it stdout is empty", async (t) => {
  const w = new World(t, jobs(2), { j1: ["fail We suspended your account"] });
  const json = await w.go();
  for (const line of json.out.trimEnd().split("\n")) assert.doesNotThrow(() => JSON.parse(line), line);
  assert.equal(json.err, "", "a run that goes well has nothing to say beside its data");
  const refused = await w.run(["run", "--json", "--exec", EXEC, "--workers", "none"]);
  has(JSON.parse(refused.out), { v: 1, type: "error", error: "usage" });
  assert.match(refused.err, /^usage: /);
  const listed = await w.run(["jobs", "list", "--json"]);
  const rows = listed.out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string });
  assert.equal(rows.length, 2);
});

test("events tell a run's whole story, in order", async (t) => {
  const w = new World(t, jobs(1), { j1: ["fail socket hang up", "ok"] });
  const { events } = await w.go();
  const story = events.map((e) => e.type).filter((type) => !type.startsWith("worker."));
  const attempt = ["attempt.started", "attempt.step"];
  assert.deepEqual(story, [
    "run.started",
    "pass.started",
    ...attempt,
    "attempt.finished",
    "cause.new",
    "pass.summary",
    "pass.waiting",
    "pass.started",
    ...attempt,
    "attempt.publishing",
    "attempt.finished",
    "pass.summary",
    "run.finished",
  ]);
  assert.equal(new Set(events.map((e) => e.run)).size, 1);
  const times = events.map((e) => e.ts);
  assert.deepEqual(times, [...times].sort());
  const log = readFileSync(join(w.dir, ".reprise", "logs", "orchestrator.log"), "utf8")
    .trimEnd()
    .split("\n");
  assert.equal(log.length, events.length, "and the log has them all");
});

test("jobs why tells what happened to one job", async (t) => {
  const w = new World(t, jobs(1), { j1: ["fail ADB timeout: device never appeared", "ok"] });
  await w.go();
  const { out } = await w.run(["jobs", "why", "j1"]);
  assert.match(out, /infrastructure/);
  assert.match(out, /device never appeared/);
  assert.match(out, /posted/);
});

test("status tells a running campaign's state, and next_pass_at while it waits", async (t) => {
  const w = new World(t, jobs(2), { j1: ["at there + fail socket hang up"] });
  const run = w.start(["run", "jobs.jsonl", "--json", "--exec", EXEC, ...QUICK, "--retry-delay", "60"]);
  await w.reached("there");
  has(await w.status(), { state: "running", pass: 1, workers: 2 });
  w.open("there");
  const { until } = await run.event("pass.waiting");
  has(await w.status(), { state: "waiting", pass: 1, next_pass_at: until });
  run.signal("SIGINT");
  await run.end;
  has(await w.status(), { state: "idle" });
});
