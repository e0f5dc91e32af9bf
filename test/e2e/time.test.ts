// Times and gaps as a run keeps them: what it waits for, what it defers, and that --until keeps it open (3-semantics 3.2, 3.6).
import assert from "node:assert/strict";
import test from "node:test";
import { has, jobs, once, World } from "./world.ts";

const iso = (ms: number) => new Date(Date.now() + ms).toISOString();

test("--until keeps the run open: a job that becomes due is posted, then the run ends at once", async (t) => {
  const due = iso(10_000);
  const w = new World(
    t,
    jobs(2, (i) => (i === 2 ? { not_before: due } : {})),
  );
  const { code, final, events } = await w.go("--until", iso(60_000));
  assert.equal(code, 0);
  has(final, { final_result: "all_complete", success: 2, deferred: 0 });
  const [early, late] = w.notes("posts");
  has(early, { job: "j1" });
  has(late, { job: "j2" });
  const begun = events.find((e) => e.type === "attempt.started" && e.job === "j2");
  assert.ok(begun !== undefined && begun.ts >= due, `${begun?.ts} before ${due}`);
  assert.ok(Date.parse(begun?.ts ?? "") < Date.parse(due) + 15_000, "soon after it is due");
});

test("--until ends the run when nothing becomes due before it", async (t) => {
  const w = new World(
    t,
    jobs(2, (i) => (i === 2 ? { not_before: iso(3_600_000) } : {})),
  );
  const began = Date.now();
  const { code, final } = await w.go("--until", "2s");
  assert.equal(code, 8);
  has(final, { final_result: "deferred", success: 1, deferred: 1 });
  assert.ok(Date.now() - began < 20_000, "not an hour");
});

test("a stop ends a run that waits for a job to become due", async (t) => {
  const w = new World(
    t,
    jobs(2, (i) => (i === 2 ? { not_before: iso(50_000) } : {})),
  );
  const run = w.starts("--until", iso(60_000));
  await run.event("job.deferred");
  await run.event("attempt.finished");
  run.signal("SIGINT");
  const { code, final } = await run.end;
  assert.equal(code, 130);
  has(final, { final_result: "interrupted", success: 1 });
});

test("--min-gap: the pass waits, and two posts of an account are as far apart", async (t) => {
  const w = new World(
    t,
    jobs(4, (i) => ({ account: i < 4 ? "ann" : "ben" })),
  );
  const { code, final } = await w.go("--daily-limit", "0", "--min-gap", "1500ms");
  assert.equal(code, 0);
  has(final, { success: 4, pass_count: 1 });
  const times = w
    .notes("posts")
    .filter((n) => n.account === "ann")
    .map((n) => n.t);
  assert.equal(times.length, 3);
  for (const [i, at] of times.slice(1).entries())
    assert.ok(at - (times[i] ?? 0) >= 1_400, `${at - (times[i] ?? 0)} ms`);
});

test("a job past its not_after fails as too late, and is said so in the plan beforehand", async (t) => {
  const w = new World(
    t,
    jobs(2, (i) => (i === 2 ? { not_after: iso(-1_000) } : {})),
  );
  const plan = await w.ask("plan", "jobs.jsonl");
  has(plan, { post: 1, fail: 1 });
  const { code, final } = await w.go();
  assert.equal(code, 3);
  has(final, { success: 1, failed_content: 1 });
  once(w, ["j1"]);
});

test("a plan says when: now, after the gap, when the window opens, tomorrow", async (t) => {
  const hour = (new Date().getUTCHours() + 2) % 24;
  const window = `"${String(hour).padStart(2, "0")}:00-${String((hour + 1) % 24).padStart(2, "0")}:00"`;
  const w = new World(t, [
    { id: "a1", account: "ann" },
    { id: "a2", account: "ann" },
    { id: "a3", account: "ann" },
    { id: "b1", account: "ben" },
    { id: "n1" },
  ]);
  w.write(
    "reprise.config.yaml",
    `limits: {daily: 2, timezone: UTC}\naccounts:\n  - {name: ann, device: phone-1}\n  - {name: ben, window: ${window}}\n`,
  );
  const plan = await w.ask("plan", "jobs.jsonl", "--min-gap", "1s");
  type Row = {
    job: string;
    account: string | null;
    device: string | null;
    action: string;
    reason: string;
    at: string | null;
  };
  const rows = Object.fromEntries((plan.rows as Row[]).map((r) => [r.job, r]));
  has(rows.a1, { action: "post", at: null, device: "phone-1" });
  assert.ok(Date.parse(rows.a2?.at ?? "") > Date.now() - 30_000, "after the gap");
  has(rows.a2, { action: "post" });
  has(rows.a3, { action: "defer", reason: "daily_limit" });
  assert.match(rows.a3?.at ?? "", /T00:00:00\.000Z$/);
  has(rows.b1, { action: "defer", reason: "window" });
  assert.equal(rows.b1?.at?.slice(11, 16), `${String(hour).padStart(2, "0")}:00`);
  assert.equal(rows.n1?.account, "ben", "dealt to who has room");
  assert.deepEqual(
    (plan.held_back as { reason: string; jobs: number }[]).map(({ reason, jobs }) => [reason, jobs]).sort(),
    [
      ["daily_limit", 1],
      ["window", 2],
    ],
  );
});
