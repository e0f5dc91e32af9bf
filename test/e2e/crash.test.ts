// Crash, resume, conflict and sweep (3-semantics 3.7, 3.8), through the real command.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import test from "node:test";
import { EXEC, has, isAlive, jobs, kill, killedAt, once, QUICK, until, World } from "./world.ts";

test("kill -9 in the delay: the same run, the same pass, what is left of the delay", async (t) => {
  const w = new World(t, jobs(1), { j1: ["fail socket hang up", "ok"] });
  const first = w.starts("--retry-delay", "4");
  const waiting = await first.event("pass.waiting");
  await first.killHard();
  const { code, final, events } = await w.again("--retry-delay", "600");
  assert.equal(code, 0);
  has(
    events.find((e) => e.type === "run.resumed"),
    { run: waiting.run, pass: 1 },
  );
  const again = events.find((e) => e.type === "pass.waiting");
  assert.equal(again?.until, waiting.until);
  assert.ok((again?.delay_ms ?? 0) < 4000);
  const second = w.tries("j1").find((n) => n.pass === 2);
  assert.ok(Number(second?.t) >= Date.parse(waiting.until), "not before the delay was over");
  has(final, { run: waiting.run, pass_count: 2, success: 1, attempts: 2 });
});

test("kill -9 between the end of a pass and its delay: the delay is kept", async (t) => {
  const w = new World(t, jobs(1), { j1: ["fail socket hang up", "ok"] });
  const flags = ["run", "jobs.jsonl", "--json", "--exec", EXEC, ...QUICK, "--retry-delay", "600"];
  const first = await w.run(flags, { env: killedAt(w, "pass.closed") });
  assert.equal(first.signal, "SIGKILL");
  const ended = Date.parse(first.events.find((e) => e.type === "pass.summary")?.ts ?? "");
  const second = w.start(["run", "--json", "--exec", EXEC, ...QUICK]);
  const waiting = await second.event("pass.waiting");
  assert.ok(
    Math.abs(Date.parse(waiting.until) - ended - 600_000) < 5000,
    `${waiting.until}, the pass ended at ${ended}`,
  );
  second.signal("SIGINT");
  assert.equal((await second.end).code, 130);
  assert.equal(w.tries("j1").length, 1);
});

for (const point of ["pass.closed=kill@2", "pool.closed", "run.finishing"]) {
  test(`kill -9 between the last pass and the result (${point}): the same result, and no pass more`, async (t) => {
    const w = new World(t, jobs(2), { j1: ["fail socket hang up"] });
    const flags = ["run", "jobs.jsonl", "--json", "--exec", EXEC, ...QUICK, "--max-passes", "2"];
    const first = await w.run(flags, { env: killedAt(w, point) });
    assert.equal(first.signal, "SIGKILL");
    const { code, final } = await w.run(flags);
    has(final, {
      final_result: "max_passes_reached",
      pass_count: 2,
      success: 1,
      failed_infrastructure: 1,
      attempts: 3,
    });
    assert.equal(code, 5);
    assert.equal(w.tries("j1").length, 2);
  });
}

test("kill -9 right after the last pass: a job that the daily limit held back is told as such", async (t) => {
  const w = new World(
    t,
    jobs(2, () => ({ account: "ann" })),
  );
  const flags = ["run", "jobs.jsonl", "--json", "--exec", EXEC, ...QUICK, "--max-passes", "1", "--daily-limit", "1"];
  const first = await w.run(flags, { env: killedAt(w, "pass.closed") });
  assert.equal(first.signal, "SIGKILL");
  const { final } = await w.run(flags);
  has(final, { final_result: "deferred", pass_count: 1, success: 1, deferred: 1 });
});

test("kill -9 in a pass: same run, same pass number, same budgets; the crash is charged to nobody", async (t) => {
  const w = new World(t, jobs(4), { j1: ["fail socket hang up"], j3: ["at there + ok", "ok"] });
  const flags = ["--infra-retry-limit", "1", "--workers", "1", "--max-passes", "9"];
  const first = w.starts(...flags);
  await w.reached("there");
  await first.killHard();
  const { code, final } = await w.again(...flags);
  assert.equal(code, 5);
  has(final, { final_result: "retries_exhausted", pass_count: 2, success: 3, failed_infrastructure: 1, attempts: 6 });
  has(final.pass_history[0], { total_jobs: 4, jobs_processed: 4, success_count: 3, failed_infrastructure: 1 });
  assert.equal(w.tries("j1").length, 2);
  once(w, ["j2", "j3", "j4"]);
});

test("kill -9 again and again, wherever it is: in the end each job is posted exactly once", async (t) => {
  const w = new World(t, jobs(6), { j2: ["fail socket hang up", "ok"], j5: ["publish + post + die"] });
  for (const moment of ["attempt.started", "attempt.publishing", "attempt.finished", "pass.waiting"] as const) {
    const run = w.start(["run", "jobs.jsonl", "--json", "--exec", EXEC, ...QUICK]);
    await Promise.race([run.event(moment).catch(() => {}), run.end]);
    await run.killHard();
  }
  const { code, final } = await w.again();
  if (code !== 4) has(final, { final_result: "all_complete", success: 6 });
  has(await w.status(), { success: 6, total: 6 });
  once(w, ["j1", "j2", "j3", "j4", "j5", "j6"]);
  assert.deepEqual(w.census(), []);
});

test("of ten orchestrators started at once exactly one runs; each other exits 75 and names it", async (t) => {
  const w = new World(t, jobs(2), { j1: ["at there + ok"] });
  await w.run(["import", "jobs.jsonl"]);
  const all = Array.from({ length: 10 }, () => w.start(["run", "--json", "--exec", EXEC, ...QUICK]));
  await w.reached("there");
  await until("nine to end", () => all.filter((r) => r.child.exitCode !== null).length === 9);
  w.open("there");
  const ended = await Promise.all(all.map((r) => r.end));
  assert.deepEqual(ended.map((e) => e.code).sort(), [0, 75, 75, 75, 75, 75, 75, 75, 75, 75]);
  const winner = all.find((r) => r.child.exitCode === 0)?.pid;
  for (const { code, events } of ended) {
    if (code === 0) continue;
    const { conflicts } = events.at(-1) as unknown as { conflicts: { pid: number }[] };
    assert.deepEqual(
      conflicts.map((c) => c.pid),
      [winner],
    );
  }
  once(w, ["j1", "j2"]);
});

test("the lock is free the moment its holder is killed", async (t) => {
  const w = new World(t, jobs(1), { j1: ["at there + hang", "ok"] });
  const first = w.starts();
  await w.reached("there");
  await first.killHard();
  has(await w.status(), { state: "idle" });
  const { code } = await w.again();
  assert.equal(code, 0);
  once(w, ["j1"]);
});

test("a killed campaign's accounts are freed for others, also when a start of it was refused meanwhile", async (t) => {
  const w = new World(t, [{ id: "j1", account: "ana" }], { j1: ["at there + hang"] });
  const flags = ["--json", "--exec", EXEC, ...QUICK];
  const first = w.start(["--campaign", "a", "run", "jobs.jsonl", ...flags]);
  await w.reached("there");
  await first.killHard();
  w.write("bad.jsonl", "{}\n");
  assert.equal((await w.run(["--campaign", "a", "run", "bad.jsonl", ...flags])).code, 2);
  w.jobFile("other.jsonl", [{ id: "k1", account: "ana" }]);
  const { code } = await w.run(["--campaign", "b", "run", "other.jsonl", ...flags, "--daily-limit", "0"]);
  assert.equal(code, 0);
  once(w, ["k1"]);
});

test("sweep after kill -9 of everything but the posters: ended, settled, and nobody else is touched", async (t) => {
  const w = new World(t, jobs(2), { j1: ["child + publish + post + deaf + hang"], j2: ["at there + hang", "ok"] });
  const run = w.starts();
  await Promise.all([until("j1 to be posted", () => w.posts().length === 1), w.reached("there")]);
  await run.event("attempt.step", (e) => e.job === "j2"); // its first word is in the ledger: it is no silent poster
  for (const { pid, command } of w.census()) if (command.includes("worker-main")) kill(pid, "SIGKILL");
  await run.killHard();
  const stranger = spawn("sleep", ["600"], { stdio: "ignore" }); // a neighbour that looks like one of ours, without the mark
  t.after(() => stranger.kill("SIGKILL"));
  assert.ok(w.census().length > 0, "something is left to sweep");
  const { code, out } = await w.run(["sweep", "--yes"]);
  assert.equal(code, 0);
  assert.match(out, /Ended \d+ process/);
  assert.deepEqual(w.census(), []);
  assert.ok(isAlive(stranger.pid ?? 0));
  has(await w.status(), { unconfirmed: 1, pending: 1 });
  assert.match((await w.run(["sweep", "--yes"])).out, /Nothing was left/);
  has((await w.again()).final, { success: 2 });
  once(w, ["j1", "j2"]);
});

test("sweep leaves a running orchestrator alone", async (t) => {
  const w = new World(t, jobs(1), { j1: ["at there + ok"] });
  const run = w.starts();
  await w.reached("there");
  assert.equal((await w.run(["sweep", "--yes"])).code, 75);
  w.open("there");
  assert.equal((await run.end).code, 0);
  once(w, ["j1"]);
});

test("a process that a poster left behind is gone after the run", async (t) => {
  const w = new World(t, jobs(2), { j1: ["child + ok"] });
  const { code } = await w.go();
  assert.equal(code, 0);
  assert.deepEqual(w.census(), []);
});

test("an account that a killed campaign was posting from is free again for others", async (t) => {
  const w = new World(t, [{ id: "a", account: "ann" }], { a: ["at there + hang", "ok"] });
  w.jobFile("other.jsonl", [{ id: "b", account: "ann" }]);
  const first = w.starts("--campaign", "one", "--daily-limit", "0");
  await w.reached("there");
  await first.killHard();
  const { code } = await w.again("other.jsonl", "--campaign", "two", "--daily-limit", "0");
  assert.equal(code, 0);
  assert.deepEqual(w.posts(), ["b"]);
  has((await w.again("--campaign", "one", "--daily-limit", "0")).final, { success: 1 });
  once(w, ["a", "b"]);
});
