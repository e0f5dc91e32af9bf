// A frozen orchestrator whose campaign another one takes: when it wakes up it writes nothing and posts nothing (3-semantics 3.4, 3.7).
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import test from "node:test";
import { EXEC, has, jobs, once, QUICK, until, World } from "./world.ts";

/** Events in the ledger: how many, and the newest. */
function written(w: World): number {
  const db = new DatabaseSync(join(w.dir, ".reprise/ledger.db"), { readOnly: true });
  const row = db.prepare("SELECT max(seq) AS seq FROM event").get();
  db.close();
  return Number(row?.seq);
}

/** Its time goes on while it is frozen. */
const frozenLater = (w: World, ...flags: string[]) =>
  w.start(["run", "jobs.jsonl", "--json", "--exec", EXEC, ...QUICK, ...flags], { longestMs: 300_000 });

const TAKE = ["run", "--json", "--exec", EXEC, ...QUICK, "--take-over"];

test("frozen before and after a tap, taken over, awake again: 0 writes, 0 posts, and it exits 75", async (t) => {
  const w = new World(t, jobs(3), {
    j1: ["at before + hang", "ok"],
    j2: ["publish + post + at past + hang"],
    j3: ["ok"],
  });
  const old = frozenLater(w);
  await Promise.all([w.reached("before"), w.reached("past")]);
  await old.event("attempt.publishing", (e) => e.job === "j2");
  old.signal("SIGSTOP");
  const { code, final, events } = await w.run([...TAKE, "--yes"]);
  assert.equal(code, 0, JSON.stringify(events.slice(-6)));
  has(final, { final_result: "all_complete", success: 3 });
  assert.ok(
    events.some((e) => e.type === "warning" && e.code === "taken_over" && e.message.includes(`pid ${old.pid}`)),
  );
  const before = written(w);
  old.signal("SIGCONT");
  const ended = await old.end;
  assert.equal(ended.code, 75);
  assert.match(ended.out, /was taken over by another orchestrator/);
  assert.equal(written(w), before, "it wrote nothing");
  once(w, ["j1", "j2", "j3"]);
  assert.deepEqual(w.census(), []);
});

test("it is never taken over unasked", async (t) => {
  const w = new World(t, jobs(1), { j1: ["at there + ok"] });
  const run = w.starts();
  await w.reached("there");
  assert.equal((await w.run(["run", "--exec", EXEC])).code, 75, "without --take-over it is left alone");
  const refusal = await w.run(TAKE);
  assert.equal(refusal.code, 2, "nobody can be asked here");
  assert.match(refusal.err, /--yes: needed to take the campaign from the run that holds it/);
  w.open("there");
  assert.equal((await run.end).code, 0);
});

test("frozen in the delay and taken over while the other one runs: the other's workers live on", async (t) => {
  const w = new World(t, jobs(1), { j1: ["fail device offline", "at there + ok"] });
  const old = frozenLater(w, "--retry-delay", "1h");
  await old.event("pass.waiting");
  old.signal("SIGSTOP");
  const next = w.start([...TAKE, "--yes"]);
  await next.event("pass.waiting");
  assert.equal((await w.run(["next"])).out, "The next pass starts.\n");
  await w.reached("there");
  old.signal("SIGCONT");
  assert.equal((await old.end).code, 75);
  await until("the old one to be gone", () => w.census().every(({ pid }) => pid !== old.pid));
  w.open("there");
  const { code } = await next.end;
  assert.equal(code, 0);
  once(w, ["j1"]);
});

test("of three that take over at once one gets it", async (t) => {
  const w = new World(t, jobs(1), { j1: ["at there + ok"] });
  const old = frozenLater(w);
  await w.reached("there");
  old.signal("SIGSTOP");
  w.plan({ j1: ["ok"] });
  const all = await Promise.all([1, 2, 3].map(() => w.run([...TAKE, "--yes"])));
  const codes = all.map(({ code }) => code).sort();
  // a later one may find it held by the winner, or done; it may also have taken over from the winner: then that one is fenced
  assert.ok(codes.includes(0) || codes.includes(4), String(codes));
  for (const { code } of all) assert.ok([0, 4, 75].includes(Number(code)), String(codes));
  old.signal("SIGCONT");
  assert.equal((await old.end).code, 75);
  once(w, ["j1"]);
});
