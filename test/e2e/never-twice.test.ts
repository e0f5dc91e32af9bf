// Nothing is posted twice and no job is forgotten, whoever is killed and whenever (3-semantics 3.4, 3.7). The witness is the
// poster's own log, which reprise neither writes nor reads.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { EXEC, has, isAlive, jobs, kill, once, QUICK, until, World } from "./world.ts";

/** Where an attempt stands when somebody is killed, and what has to come of it. */
const POINTS: [where: string, script: string, posted: boolean][] = [
  ["before the intent", "at there + ok", false],
  ["between the intent and the post", "publish + at there + post + posted + exit 0", false],
  ["after the post", "publish + post + at there + posted + exit 0", true],
];

for (const [where, script, posted] of POINTS) {
  test(`the poster is killed ${where}: the job is posted exactly once`, async (t) => {
    const w = new World(t, jobs(2), { j1: [script, "ok"] });
    const run = w.starts("--infra-retry-limit", "1");
    kill((await w.reached("there")).pid, "SIGKILL");
    const { code, final } = await run.end;
    assert.equal(code, 0);
    has(final, { final_result: "all_complete", success: 2, attempts: posted ? 2 : 3 });
    once(w, ["j1", "j2"]);
  });

  test(`the worker is killed ${where}: charged to the phone's side, the job is posted exactly once`, async (t) => {
    const w = new World(t, jobs(2), { j1: [script, "ok"] });
    const run = w.starts("--infra-retry-limit", "1");
    const { worker } = await w.reached("there");
    // its first word is heard: until then it counts as silent, and may have posted
    await run.event("attempt.step", (e) => e.job === "j1");
    const { pid } = await run.event("worker.started", (e) => e.worker === worker);
    kill(pid, "SIGKILL");
    const { code, final, events } = await run.end;
    assert.equal(code, 0);
    has(final, { final_result: "all_complete", success: 2, attempts: posted ? 2 : 3 });
    const lost = events.find((e) => e.type === "attempt.finished" && e.failure?.cause === "worker_lost");
    assert.equal(
      (lost as { outcome?: string } | undefined)?.outcome,
      script.startsWith("at") ? "failed" : "unconfirmed",
    );
    once(w, ["j1", "j2"]);
    assert.deepEqual(w.census(), []);
  });

  test(`reprise is killed ${where}: the same run goes on, the job is posted exactly once`, async (t) => {
    const w = new World(t, jobs(2), { j1: [script, "ok"] });
    const run = w.starts("--infra-retry-limit", "0");
    await w.reached("there");
    const { run: id } = await run.event("run.started");
    await run.killHard();
    const { pid } = await w.reached("there");
    if (where === "before the intent") await until("the orphan to give up", () => !isAlive(pid));
    else w.open("there"); // the orphan finishes, by the rule of the stop
    const { code, final, events } = await w.again("--infra-retry-limit", "0");
    assert.equal(code, 0, JSON.stringify(final));
    has(final, { final_result: "all_complete", success: 2, pass_count: 1 });
    assert.ok(
      events.every((e) => e.run === id),
      "the same run",
    );
    once(w, ["j1", "j2"]);
    assert.deepEqual(w.census(), []);
  });
}

test("reprise is killed with all it started, past the intent: unconfirmed, then settled by looking", async (t) => {
  const w = new World(t, jobs(2), { j1: ["publish + post + hang"], j2: ["publish + hang", "ok"] });
  const run = w.starts();
  await until(
    "j1 posted, j2 past its intent",
    () => w.posts().length === 1 && run.events.filter((e) => e.type === "attempt.publishing").length === 2,
  );
  for (const { pid } of w.census()) kill(pid, "SIGKILL");
  await run.end;
  has(await w.status(), { state: "idle", success: 0 });
  const { code, final } = await w.again();
  assert.equal(code, 0);
  has(final, { success: 2, attempts: 3 });
  once(w, ["j1", "j2"]);
});

test("an orphan that finishes before the next start leaves its outcome in the outbox, and that is believed", async (t) => {
  const w = new World(t, jobs(1), { j1: ["publish + at there + post + posted + exit 0"] });
  const run = w.starts();
  await w.reached("there");
  await run.killHard();
  w.open("there");
  await until("the orphans' end", () => w.census().length === 0);
  const outbox = join(w.dir, ".reprise", "outbox");
  assert.equal(readdirSync(outbox).length, 1);
  const { code, final } = await w.run(["run", "--json", "--exec", EXEC, "--retry-delay", "0"]); // nobody can look
  assert.equal(code, 0);
  has(final, { success: 1, attempts: 1, unconfirmed: 0 });
  assert.deepEqual(readdirSync(outbox), []);
  once(w, ["j1"]);
});

test("a report that comes when its job was given up already is recorded as late, and a late post counts", async (t) => {
  const w = new World(t, jobs(1), { j1: ["publish + deaf + at there + post + posted + exit 0"] });
  const run = w.starts();
  const { pid } = await w.reached("there");
  await run.killHard();
  const worker = w.census().find((p) => p.command.includes("worker-main"));
  kill(worker?.pid ?? 0, "SIGSTOP"); // it can neither report nor be heard
  kill(pid, "SIGKILL");
  const flags = ["run", "--json", "--exec", EXEC, "--retry-delay", "0"];
  const { code, final } = await w.run(flags);
  assert.equal(code, 6);
  has(final, { unconfirmed: 1, attempts: 1 });
  assert.ok(!isAlive(worker?.pid ?? 0), "the start ended what was left");
});

test("what nobody can tell stays unconfirmed: no pass, flag or click posts it again, a person settles it", async (t) => {
  const w = new World(
    t,
    jobs(2, () => ({ account: "ann" })),
    { j1: ["publish + post + die"], "look j1": ["null"] },
  );
  const first = await w.go("--daily-limit", "2");
  assert.equal(first.code, 6);
  has(first.final, { final_result: "unconfirmed_remaining", unconfirmed: 1, success: 1 });
  const retried = await w.run(["jobs", "retry", "j1", "--yes"]);
  assert.match(retried.err, /may be posted already/);
  const all = await w.run(["jobs", "retry", "--status", "failed", "--yes"]);
  assert.equal(all.code, 0, all.err);
  has((await w.again("--retry-all-failed", "--daily-limit", "0")).final, { unconfirmed: 1, attempts: 0 });
  assert.equal(w.tries("j1").length, 1);
  w.jobFile("more.jsonl", [{ id: "j3", account: "ann" }]);
  has((await w.again("more.jsonl", "--daily-limit", "2")).final, { deferred: 1 });
  assert.equal(w.tries("j3").length, 0, "it keeps its place in the daily limit");
  const marked = await w.run(["jobs", "mark-posted", "j1", "--yes"]);
  assert.equal(marked.code, 0, marked.err);
  has(await w.status(), { unconfirmed: 0, success: 2 });
});

test("marked as not posted, a job is tried again and its place in the limit is given back", async (t) => {
  const w = new World(t, jobs(1), { j1: ["publish + die", "ok"] });
  const flags = ["run", "--json", "--exec", EXEC, "--retry-delay", "0"];
  assert.equal((await w.run([...flags.slice(0, 1), "jobs.jsonl", ...flags.slice(1)])).code, 6);
  const marked = await w.run(["jobs", "mark-not-posted", "j1", "--yes"]);
  assert.equal(marked.code, 0, marked.err);
  const { code } = await w.run(flags);
  assert.equal(code, 0);
  once(w, ["j1"]);
});

test("marking as not posted may lead to a second post: without a terminal it needs --yes", async (t) => {
  const w = new World(t, jobs(1), { j1: ["publish + post + die"] });
  await w.run(["run", "jobs.jsonl", "--json", "--exec", EXEC]);
  const { code, err } = await w.run(["jobs", "mark-not-posted", "j1"]);
  assert.equal(code, 2);
  assert.match(err, /--yes/);
  has(await w.status(), { unconfirmed: 1 });
});

test("reprise verify settles by looking alone: posted stays posted, absent twice is tried again by the next run", async (t) => {
  const w = new World(t, jobs(2), { j1: ["publish + post + die"], j2: ["publish + die", "ok"] });
  const first = await w.run(["run", "jobs.jsonl", "--json", "--exec", EXEC, "--retry-delay", "0"]);
  has(first.final, { unconfirmed: 2, exit_code: 6 });
  const look = ["verify", "--exec", EXEC, "--verify-exec", "same", "--settle", "0"];
  const told = await w.run(look);
  assert.equal(told.code, 6, "absent once is not believed");
  assert.match(told.err, /j1/);
  assert.doesNotMatch(told.err, /worker/, "who looked is nobody's matter");
  const wordy = await w.run([...look, "--verbose"]);
  assert.equal(wordy.code, 0);
  assert.match(wordy.err, /worker 1 started/);
  assert.equal(w.tries().length, 2, "nothing was posted meanwhile");
  has(await w.status(), { success: 1, unconfirmed: 0, failed_infrastructure: 1 });
  has((await w.again()).final, { final_result: "all_complete", success: 2 });
  once(w, ["j1", "j2"]);
});

test("reprise verify after a kill -9 settles what that left, looks, and leaves nothing of its own", async (t) => {
  const w = new World(t, jobs(1), { j1: ["publish + post + at past + exit 1"] });
  const run = w.starts();
  await run.event("attempt.publishing");
  await w.reached("past");
  await run.killHard();
  w.open("past");
  const leaves = `setsid sleep 600 >/dev/null 2>&1 & echo '{"type":"verified","posted":true}' >&3`;
  const { code, events } = await w.run(["verify", "--json", "--exec", EXEC, "--verify-exec", leaves]);
  assert.equal(code, 0);
  assert.ok(events.some((e) => e.type === "warning" && e.code === "recovered"));
  has(
    events.find((e) => e.type === "job.verified"),
    { job: "j1", result: "posted" },
  );
  assert.deepEqual(w.census(), []);
  once(w, ["j1"]);
});

test("reprise verify looks for posts from phones only when it is told with which phones, or with none", async (t) => {
  const w = new World(t, jobs(1), { j1: ["publish + post + die"] });
  const phones = ["--devices", "simulated:1"];
  assert.equal((await w.run(["run", "jobs.jsonl", "--json", "--exec", EXEC, ...phones])).code, 6);
  const look = `printf '%s\n' "$REPRISE_DEVICE" >>seen; echo '{"type":"verified","posted":null}' >&3`;
  const verify = (...args: string[]) => w.run(["verify", "--exec", EXEC, "--verify-exec", look, ...args]);
  const unsaid = await verify();
  assert.equal(unsaid.code, 2);
  assert.match(
    unsaid.err,
    /^usage: --devices: job j1 was posted from phone sim-1: say --devices as its run did, or --devices none/,
  );
  const unsaidRun = await w.run(["run", "--json", "--exec", EXEC, "--verify-exec", look, "--settle", "0"]);
  assert.equal(unsaidRun.code, 6);
  assert.ok(unsaidRun.events.some((e) => e.type === "warning" && e.code === "look_missed"));
  assert.equal(existsSync(join(w.dir, "seen")), false);
  for (const args of [phones, ["--devices", "none"]]) assert.equal((await verify(...args)).code, 6);
  const [on, off] = readFileSync(join(w.dir, "seen"), "utf8").split("\n");
  assert.deepEqual([JSON.parse(on ?? "").serial, off], ["sim-1", "null"]);
});

test("what an earlier run left unconfirmed is looked at by the next one, and tried again if it is not there", async (t) => {
  const w = new World(t, jobs(1), { j1: ["publish + die", "ok"] });
  assert.equal((await w.run(["run", "jobs.jsonl", "--json", "--exec", EXEC])).code, 6);
  const { code, final } = await w.again();
  assert.equal(code, 0, JSON.stringify(final));
  has(final, { final_result: "all_complete", success: 1 });
  once(w, ["j1"]);
});

test("a twin of an unconfirmed post waits until that is settled", async (t) => {
  const rows = [
    { id: "a", account: "ann" },
    { id: "b", account: "ann", media: "a.mp4" },
  ];
  const w = new World(t, rows, { a: ["publish + post + die"], "look a": ["null"] });
  const first = await w.go("--daily-limit", "0");
  assert.equal(first.code, 6);
  has(first.final, { unconfirmed: 1, held: 1, attempts: 1 });
  await w.run(["jobs", "release", "b", "--yes"]);
  has((await w.again("--daily-limit", "0")).final, { unconfirmed: 1, held: 1 });
  await w.run(["jobs", "mark-posted", "a", "--yes"]);
  const { final } = await w.again("--daily-limit", "0");
  has(final, { success: 1, skipped: 1, held: 0 });
  assert.deepEqual(w.posts(), ["a"]);
});

test("the same media of one account is posted once, over runs and campaigns and under another name", async (t) => {
  const w = new World(t, [
    { id: "a", account: "ann" },
    { id: "b", account: "ben", media: "a.mp4" },
  ]);
  has((await w.go("--daily-limit", "0")).final, { success: 2 });
  const { copyFileSync } = await import("node:fs");
  copyFileSync(join(w.dir, "a.mp4"), join(w.dir, "copy.mp4"));
  w.jobFile("again.jsonl", [
    { id: "c", account: "ann", media: "a.mp4" },
    { id: "d", account: "ann", media: "copy.mp4" },
    { id: "e", account: "ann", media: "a.mp4", allow_repost: true },
  ]);
  const other = await w.again("again.jsonl", "--campaign", "other", "--daily-limit", "0");
  assert.equal(other.code, 0);
  has(other.final, { final_result: "all_complete", success: 1, skipped: 2 });
  assert.deepEqual(w.posts().sort(), ["a", "b", "e"]);
  assert.deepEqual(w.tries("d"), [], "no poster is started for a copy under another name");
});

test("a hanging attempt is ended at --attempt-timeout: failed before the intent, unconfirmed after it", async (t) => {
  const w = new World(t, jobs(3), { j1: ["hang", "ok"], j2: ["publish + post + hang"], j3: ["deaf + hang", "ok"] });
  const { code, final } = await w.go("--attempt-timeout", "5s", "--workers", "3");
  assert.equal(code, 0);
  has(final, { success: 3 });
  has(final.pass_history[0], { failed_infrastructure: 2 });
  once(w, ["j1", "j2", "j3"]);
  assert.deepEqual(w.census(), []);
});

test("a poster that leaves its worker waiting for ever after a lost go still ends", async (t) => {
  const w = new World(t, jobs(1), { j1: ["kill-worker + hang", "kill-worker + hang", "ok"] });
  const run = w.start(["run", "jobs.jsonl", "--json", "--exec", EXEC, ...QUICK]);
  const { code, final } = await run.end;
  assert.equal(code, 0);
  has(final, { success: 1, attempts: 3 });
  assert.deepEqual(w.census(), [], "a worker's death takes its poster along");
});
