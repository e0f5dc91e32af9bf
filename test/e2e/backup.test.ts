// A copy of the ledger, also of one in use, and back.
import assert from "node:assert/strict";
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { lockLedger, shareLedger } from "../../src/conflict/conflict.ts";
import { EXEC, has, jobs, once, QUICK, until, World } from "./world.ts";

const ledger = (w: World) => join(w.dir, ".reprise/ledger.db");

test("a backup made while a run goes on is whole; put back, it says which posts it does not know", async (t) => {
  const w = new World(t, jobs(2), { j2: ["at there + ok"] });
  const run = w.starts();
  await Promise.all([run.event("attempt.finished"), w.reached("there")]);
  assert.match((await w.run(["backup", "kept.db"])).out, /kept\.db: \d+ bytes, sound, newest entry 20/);
  assert.equal(statSync(join(w.dir, "kept.db")).mode & 0o777, 0o600);
  const busy = await w.run(["restore", "kept.db", "--yes"]);
  assert.equal(busy.code, 75);
  assert.match(busy.err, /holds campaign "default"\. Stop it first/);
  w.open("there");
  await run.end;
  assert.equal((await w.run(["backup", "kept.db"])).code, 2, "never over another file");
  assert.equal((await w.run(["restore", "kept.db"])).code, 2, "not without being sure");
  const { out, code } = await w.run(["restore", "kept.db", "--yes"]);
  assert.equal(code, 0);
  assert.match(out, /It knows of 1 post made since: mark those jobs/);
  const kept = readdirSync(join(w.dir, ".reprise")).filter((name) => /^ledger\.db\.old-\d{8}T\d{6}Z$/.test(name));
  assert.equal(kept.length, 1);
  has(await w.status(), { success: 1 });
  once(w, ["j1", "j2"]);
});

test("a restore takes away what a killed run left in its outbox, and names its posts: they end no other job's attempt", async (t) => {
  const w = new World(t, jobs(2), {
    j1: ["at first + ok", "fail socket hang up"],
    j2: ["publish + post + at second + posted + exit 0"],
  });
  const run = w.starts("--workers", "1");
  await w.reached("first");
  assert.equal((await w.run(["backup", "kept.db"])).code, 0);
  w.open("first");
  const { attempt } = await w.reached("second");
  await run.killHard();
  w.open("second");
  await until("the worker to leave its end", () => w.census().length === 0);
  const left = JSON.parse(readFileSync(join(w.dir, ".reprise/outbox", `${attempt}.json`), "utf8"));
  assert.deepEqual([left.job, left.end.said.type], ["j2", "posted"]);
  const { out, code } = await w.run(["restore", "kept.db", "--yes"]);
  assert.equal(code, 0);
  assert.match(out, /perhaps posted: j2: look, and mark what is: reprise jobs mark-posted JOB/);
  assert.equal((await w.run(["jobs", "mark-posted", "j2"])).code, 0);
  // the id of j2's attempt is given to j1's second one, which fails before the run is killed again
  const second = w.start(["run", "--json", "--exec", EXEC, ...QUICK, "--retry-delay", "600"]);
  assert.equal((await second.event("attempt.started")).attempt, attempt);
  await second.event("attempt.finished", (e) => e.attempt === attempt);
  await second.killHard();
  const { final } = await w.again("--max-passes", "1");
  has(final, { final_result: "max_passes_reached", success: 1, failed_infrastructure: 1 });
});

test("a copy that is put back elsewhere ends nothing of the run that goes on here", async (t) => {
  const w = new World(t, jobs(1), { j1: ["at there + ok"] });
  const run = w.starts();
  await w.reached("there");
  assert.equal((await w.run(["backup", "kept.db"])).code, 0);
  assert.equal((await w.run(["--state-dir", "check", "restore", "kept.db", "--yes"])).code, 0);
  w.open("there");
  has((await run.end).final, { success: 1, attempts: 1 });
  once(w, ["j1"]);
});

test("no run begins while a ledger is put back, not even of a campaign that is new, and none is put back while one begins", async (t) => {
  const w = new World(t, jobs(1));
  await w.go();
  assert.equal((await w.run(["backup", "kept.db"])).code, 0);
  const release = lockLedger(join(w.dir, ".reprise"));
  assert.ok(release);
  for (const campaign of ["default", "new"]) {
    const { code, err } = await w.run(["--campaign", campaign, "run", "jobs.jsonl", "--exec", EXEC]);
    assert.deepEqual([code, /being put back by reprise restore/.test(err)], [75, true], err);
  }
  release();
  const share = shareLedger(join(w.dir, ".reprise"));
  const { code, err } = await w.run(["restore", "kept.db", "--yes"]);
  assert.deepEqual([code, /a run of this ledger begins or ends/.test(err)], [75, true], err);
  share?.();
  assert.equal((await w.run(["restore", "kept.db", "--yes"])).code, 0);
});

test("what is no sound ledger is not restored, and the ledger stays", async (t) => {
  const w = new World(t, jobs(1));
  await w.go();
  writeFileSync(join(w.dir, "odd.db"), "no ledger");
  const { code, err } = await w.run(["restore", "odd.db", "--yes"]);
  assert.equal(code, 20);
  assert.match(err, /odd\.db is not a ledger/);
  assert.equal((await w.run(["restore", "none.db", "--yes"])).code, 2);
  has(await w.status(), { success: 1 });
  assert.deepEqual(
    readdirSync(join(w.dir, ".reprise")).filter((name) => /restored|part|old/.test(name)),
    [],
  );
});

test("a ledger that lost its log is refused, until a person takes it as it is", async (t) => {
  const w = new World(t, jobs(2), { j2: ["at there + ok"] });
  const run = w.starts();
  await w.reached("there");
  copyFileSync(ledger(w), join(w.dir, "alone.db"));
  await run.killHard();
  await w.run(["sweep", "--yes"]);
  for (const end of ["", "-wal", "-shm"]) rmSync(`${ledger(w)}${end}`, { force: true });
  copyFileSync(join(w.dir, "alone.db"), ledger(w));
  const refused = await w.again();
  assert.equal(refused.code, 20);
  assert.match(refused.err, /ledger\.db-wal is missing: the newest entries were in it/);
  assert.equal((await w.run(["restore", ".reprise/ledger.db", "--yes"])).code, 0);
  assert.ok(existsSync(ledger(w)));
  assert.equal((await w.run(["doctor", "--ledger", "--exec", "true"])).code, 0);
});
