// pause, resume, next: a word from another process to the running orchestrator.
import assert from "node:assert/strict";
import test from "node:test";
import { has, jobs, once, World } from "./world.ts";

test("paused, what flies lands and nothing new starts; resumed, it goes on", async (t) => {
  const w = new World(t, jobs(3), { "*": ["at there + ok"] });
  const run = w.starts("--workers", "1");
  await w.reached("there");
  assert.match((await w.run(["pause"])).out, /^Paused: attempts in flight finish/);
  has(await w.status(), { state: "paused" });
  w.open("there");
  await run.event("attempt.finished");
  assert.equal(w.tries().length, 1);
  has(await w.ask("resume"), { type: "resume", was_running: true, taken_up: true });
  assert.equal((await run.end).code, 0);
  once(w, ["j1", "j2", "j3"]);
});

test("next skips the rest of the delay, and says so where there is none", async (t) => {
  const w = new World(t, jobs(1), { j1: ["fail device offline", "at there + ok"] });
  const run = w.starts("--retry-delay", "1h");
  await run.event("pass.waiting");
  assert.equal((await w.run(["next"])).out, "The next pass starts.\n");
  await w.reached("there");
  assert.match((await w.run(["next"])).out, /does not wait for a pass/);
  w.open("there");
  has((await run.end).final, { success: 1, pass_count: 2 });
});

test("where nothing runs they say so and change nothing", async (t) => {
  const w = new World(t, []);
  for (const word of ["pause", "resume", "next"])
    assert.equal((await w.run([word])).out, "Nothing is running in campaign default.\n");
});
