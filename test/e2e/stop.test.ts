// Stopping in two stages (3-semantics 3.7), in a pass and in the delay, through the real command.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { EXEC, has, jobs, kill, once, type Running, until, World } from "./world.ts";

/** Far less than what each stop is spared: hung posters, delays of minutes. How quick a stop is, is measured elsewhere. */
const SOON_MS = 20_000;

const asked = (run: Running) => run.event("stop.requested");

test("the first stop says at once what happens; a post past its intent may finish, the others end uncharged", async (t) => {
  const w = new World(t, jobs(3), { j1: ["publish + at past + post + posted + exit 0"], j2: ["at before + ok", "ok"] });
  const run = w.starts("--infra-retry-limit", "0");
  await Promise.all([w.reached("past"), w.reached("before")]);
  const at = Date.now();
  run.signal("SIGINT");
  const said = await asked(run);
  assert.ok(Date.now() - at < SOON_MS, `said after ${Date.now() - at} ms`);
  has(said, { by: "SIGINT", stage: 1, in_flight: 2, past_intent: 1 });
  assert.ok(Date.parse(said.ts) - at < SOON_MS, `noticed after ${Date.parse(said.ts) - at} ms`);
  await run.event("attempt.finished", (e) => e.job === "j2" && e.outcome === "cancelled");
  assert.ok(Date.now() - at < SOON_MS);
  assert.deepEqual(w.tries("j3"), [], "no new claims");
  has(await w.status(), { state: "stopping" });
  w.open("past");
  const { code, final } = await run.end;
  assert.equal(code, 130);
  has(final, { final_result: "interrupted", success: 1, pending: 2, failed: 0 });
  assert.deepEqual(w.census(), []);
  has((await w.again("--infra-retry-limit", "0")).final, { success: 3, pass_count: 1 });
  once(w, ["j1", "j2", "j3"]);
});

test("a poster that ignores SIGTERM before its intent is ended by the first stop all the same", async (t) => {
  const w = new World(t, jobs(1), { j1: ["deaf + at before + hang"] });
  const run = w.starts();
  await w.reached("before");
  const at = Date.now();
  run.signal("SIGTERM");
  const { code, final } = await run.end;
  assert.ok(Date.now() - at < SOON_MS, `took ${Date.now() - at} ms`);
  assert.equal(code, 143);
  has(final, { pending: 1, failed: 0 });
  assert.deepEqual(w.census(), []);
});

test("a stop that comes while a poster asks gives no go", async (t) => {
  const w = new World(t, jobs(1), { j1: ["deaf + at before + ok", "ok"] });
  const run = w.starts();
  await w.reached("before");
  run.signal("SIGINT");
  await asked(run);
  w.open("before");
  const { final } = await run.end;
  has(final, { pending: 1, unconfirmed: 0 });
  assert.deepEqual(w.posts(), []);
});

for (const [how, second] of [
  ["a second Ctrl+C", async (_w: World, run: Running) => run.signal("SIGINT")],
  ["reprise stop --now", (w: World) => w.run(["stop", "--now", "--yes"])],
  ["the end of --stop-grace", async () => {}],
] as [string, (w: World, run: Running) => Promise<unknown>][]) {
  test(`${how} kills now: what had passed the intent is unconfirmed`, async (t) => {
    const w = new World(t, jobs(2), { j1: ["publish + deaf + at past + post", "ok"], j2: ["at before + ok", "ok"] });
    const run = w.starts("--stop-grace", how.startsWith("the end") ? "1s" : "60s");
    await Promise.all([w.reached("past"), w.reached("before")]);
    run.signal("SIGINT");
    await asked(run);
    await second(w, run);
    const { code, final, events } = await run.end;
    assert.equal(code, 130);
    has(final, { final_result: "interrupted", unconfirmed: 1, pending: 1 });
    assert.ok(events.some((e) => e.type === "stop.requested" && e.stage === 2));
    assert.deepEqual(w.census(), []);
    const next = await w.again();
    has(next.final, { success: 2 });
    once(w, ["j1", "j2"]);
  });
}

test("reprise stop stops the running orchestrator in order, waits until it is gone, and the run exits 143", async (t) => {
  const w = new World(t, jobs(2), { j1: ["at before + ok", "ok"] });
  const run = w.starts("--workers", "1");
  await w.reached("before");
  const stop = await w.run(["stop", "--yes"]);
  assert.equal(stop.code, 0);
  const next = await w.again(); // at once: the campaign is free when `stop` returns
  assert.equal(next.code, 0);
  const { code, final } = await run.end;
  assert.equal(code, 143);
  has(final, { final_result: "interrupted", pending: 2 });
  once(w, ["j1", "j2"]);
  assert.match((await w.run(["stop", "--yes"])).out, /[Nn]othing/);
});

test("reprise stop in the delay: the run ends at once and keeps what is left of it", async (t) => {
  const w = new World(t, jobs(1), { j1: ["fail socket hang up", "ok"] });
  const run = w.starts("--retry-delay", "600");
  await run.event("pass.waiting");
  const at = Date.now();
  const { code } = await w.run(["stop", "--yes"]);
  assert.equal(code, 0);
  assert.equal((await run.end).code, 143);
  assert.ok(Date.now() - at < SOON_MS);
  const status = await w.status();
  assert.ok(Date.parse(String(status.next_pass_at)) > Date.now() + 500_000, JSON.stringify(status));
});

test("Ctrl+C of a whole terminal reaches workers and posters too, and is still one orderly stop", async (t) => {
  const w = new World(t, jobs(2), { j1: ["publish + at past + post + posted + exit 0"] });
  const run = w.starts("--workers", "1");
  await w.reached("past");
  for (const { pid, command } of w.census()) {
    if (pid === run.pid || command.includes("worker-main")) kill(pid, "SIGINT");
  }
  await asked(run);
  w.open("past");
  const { code, final } = await run.end;
  assert.equal(code, 130);
  has(final, { success: 1, unconfirmed: 0, pending: 1 });
  once(w, ["j1"]);
});

test("a stop during a look that hangs ends the look, and the next run looks again", async (t) => {
  const w = new World(t, jobs(1), { j1: ["publish + post + die"], "look j1": ["at looking + null", "truth"] });
  const run = w.starts();
  await w.reached("looking");
  const at = Date.now();
  run.signal("SIGINT");
  const { code, final } = await run.end;
  assert.ok(Date.now() - at < SOON_MS, `took ${Date.now() - at} ms`);
  assert.equal(code, 130);
  has(final, { unconfirmed: 1 });
  has((await w.again()).final, { final_result: "all_complete", success: 1 });
  once(w, ["j1"]);
});

for (const [how, stop, want] of [
  ["Ctrl+C", async (_w: World, verify: Running) => verify.signal("SIGINT"), 130],
  ["reprise stop", (w: World) => w.run(["stop", "--yes"]), 143],
] as [string, (w: World, verify: Running) => Promise<unknown>, number][]) {
  test(`${how} during a look of reprise verify: said at once, nothing left, and the post stays unconfirmed`, async (t) => {
    const w = new World(t, jobs(1), { j1: ["publish + post + die"], "look j1": ["at looking + null", "truth"] });
    assert.equal((await w.run(["run", "jobs.jsonl", "--json", "--exec", EXEC])).code, 6);
    const look = ["verify", "--json", "--exec", EXEC, "--verify-exec", "same", "--settle", "0"];
    const verify = w.start(look);
    await w.reached("looking");
    const at = Date.now();
    await stop(w, verify);
    const said = await asked(verify);
    has(said, { stage: 1, in_flight: 0, past_intent: 0 });
    const { code, out } = await verify.end;
    assert.ok(Date.now() - at < SOON_MS, `took ${Date.now() - at} ms`);
    assert.equal(code, want);
    assert.match(out, /\{"v":1,"type":"verify",.*"unconfirmed":1\}\n$/);
    assert.deepEqual(w.census(), []);
    assert.equal((await w.run(look)).code, 0);
    once(w, ["j1"]);
  });
}

test("a run whose reader goes away goes on to its end", async (t) => {
  const w = new World(t, jobs(3));
  const run = w.start(["run", "jobs.jsonl", "--json", "--exec", EXEC, "--workers", "1"]);
  await run.event("run.started");
  run.child.stdout?.destroy();
  run.child.stderr?.destroy();
  await until("the run's end", () => run.child.exitCode !== null);
  assert.equal(run.child.exitCode, 0);
  once(w, ["j1", "j2", "j3"]);
});

test("a stop while job files are read is heard at once, and nothing is taken in", async (t) => {
  const w = new World(t, []);
  const row = (i: number) => `${JSON.stringify({ id: `j${i}`, account: `a${i}`, media: "m.mp4" })}\n`;
  w.write("jobs.jsonl", Array.from({ length: 40_000 }, (_, i) => row(i)).join(""));
  const run = w.starts();
  const tmp = join(w.dir, ".reprise/tmp");
  await until("a tray", () => existsSync(tmp) && readdirSync(tmp).some((name) => name.startsWith("tray-")));
  run.signal("SIGINT");
  await run.says(/Stopping before the first post/);
  const { code, final } = await run.end;
  assert.equal(code, 130);
  has(final, { final_result: "interrupted", total: 0 });
  assert.deepEqual(readdirSync(tmp), []);
});
