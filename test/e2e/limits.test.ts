// One account at a time and so many posts a day, over workers, campaigns and runs (3-semantics 3.6), through the real command.
import assert from "node:assert/strict";
import test from "node:test";
import { EXEC, has, jobs, once, World } from "./world.ts";

/** Pairs of attempts of one account that overlapped, by the poster's own clock. */
function overlaps(w: World): string[] {
  const ends = new Map(w.notes("ends").map((n) => [n.attempt, n.t]));
  const tries = w.tries();
  return tries.flatMap((a) =>
    tries
      .filter(
        (b) => b.account === a.account && b.attempt !== a.attempt && b.t >= a.t && b.t < (ends.get(a.attempt) ?? 0),
      )
      .map((b) => `${b.job} began while ${a.job} ran`),
  );
}

test("one attempt at a time per account, and no more than the daily limit; the rest is deferred to tomorrow", async (t) => {
  const w = new World(
    t,
    jobs(5, () => ({ account: "solo" })),
  );
  const { code, final, events } = await w.go("--daily-limit", "3", "--workers", "3");
  assert.equal(code, 8);
  has(final, { final_result: "deferred", success: 3, deferred: 2, attempts: 3, pass_count: 1 });
  assert.deepEqual(overlaps(w), []);
  const deferred = events.filter((e) => e.type === "job.deferred");
  const midnight = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  for (const e of deferred) has(e, { reason: "daily_limit", until: `${midnight}T00:00:00.000Z` });
  has((await w.again("--daily-limit", "3")).final, { deferred: 2, attempts: 0 });
  has((await w.again("--daily-limit", "4")).final, { success: 4, deferred: 1, attempts: 1 });
});

test("two campaigns at once on one ledger: never two attempts of one account, one daily limit over both", async (t) => {
  const w = new World(t, []);
  const accounts = ["ann", "ben", "cem"];
  for (const name of ["one", "two"])
    w.jobFile(
      `${name}.jsonl`,
      jobs(9, (i) => ({ id: `${name}${i}`, account: String(accounts[i % 3]) })),
    );
  const start = (name: string) =>
    w.start([
      "run",
      `${name}.jsonl`,
      "--json",
      "--campaign",
      name,
      "--exec",
      EXEC,
      "--workers",
      "2",
      "--daily-limit",
      "4",
    ]);
  const both = await Promise.all([start("one").end, start("two").end]);
  assert.deepEqual(
    both.map((e) => e.code),
    [8, 8],
  );
  const posted = both.map((e) => e.final.success);
  assert.equal(
    posted.reduce((a, b) => a + b),
    12,
    `posted ${posted}`,
  );
  assert.ok(
    posted.every((n) => n > 0),
    "both had their turn",
  );
  assert.deepEqual(overlaps(w), []);
  for (const name of accounts) assert.equal(w.notes("posts").filter((n) => n.account === name).length, 4, name);
});

test("two campaigns at once with the same media: it is posted once", async (t) => {
  const w = new World(t, jobs(4));
  const run = (name: string) => w.go("--campaign", name, "--daily-limit", "0");
  const both = await Promise.all([run("one"), run("two")]);
  assert.deepEqual(
    both.map((e) => e.code),
    [0, 0],
  );
  assert.equal(
    both.reduce((n, e) => n + e.final.skipped, 0),
    4,
  );
  once(w, ["j1", "j2", "j3", "j4"]);
});

test("campaigns that begin at the same time on a ledger that is not there yet make it together", async (t) => {
  const w = new World(t, jobs(2));
  const names = ["one", "two", "three", "four", "five"];
  const all = await Promise.all(names.map((name) => w.run(["import", "jobs.jsonl", "--campaign", name])));
  assert.deepEqual(
    all.map((e) => e.code),
    [0, 0, 0, 0, 0],
    all.map((e) => e.err).join(""),
  );
  for (const name of names) has(await w.ask("status", "--campaign", name), { total: 2 });
});

test("the day is the account's own: where it is tomorrow already, the limit is a new one", async (t) => {
  // two zones 26 hours apart: their days differ at any instant
  const w = new World(t, [
    { id: "a1", account: "east" },
    { id: "b1", account: "west" },
  ]);
  w.write(
    "reprise.config.yaml",
    "limits: {daily: 1, timezone: UTC}\naccounts:\n  - {name: east, timezone: Pacific/Kiritimati}\n  - {name: west, timezone: Etc/GMT+12}\n",
  );
  has((await w.go()).final, { success: 2 });
  w.jobFile("more.jsonl", [
    { id: "a2", account: "east" },
    { id: "b2", account: "west" },
  ]);
  const { final, events } = await w.again("more.jsonl");
  has(final, { deferred: 2 });
  const until = new Map(events.flatMap((e) => (e.type === "job.deferred" ? [[e.account, e.until]] : [])));
  assert.match(String(until.get("east")), /T10:00:00\.000Z$/, "midnight of UTC+14");
  assert.match(String(until.get("west")), /T12:00:00\.000Z$/, "midnight of UTC-12");
});

test("an account posts only in its window; outside it jobs are deferred until it opens", async (t) => {
  const hour = new Date().getUTCHours();
  const two = (n: number) => String(((n % 24) + 24) % 24).padStart(2, "0");
  const w = new World(t, [
    { id: "a", account: "open" },
    { id: "b", account: "shut" },
  ]);
  const around = `${two(hour - 2)}:00-${two(hour + 3)}:00`;
  const away = `${two(hour + 4)}:00-${two(hour + 6)}:00`;
  w.write(
    "reprise.config.yaml",
    `limits: {timezone: UTC}\naccounts:\n  - {name: open, window: "${around}"}\n  - {name: shut, window: "${away}"}\n`,
  );
  const { code, final, events } = await w.go();
  assert.equal(code, 8);
  has(final, { success: 1, deferred: 1 });
  const deferred = events.find((e) => e.type === "job.deferred");
  has(deferred, { job: "b", reason: "window" });
  assert.equal(deferred?.until.slice(11, 16), `${two(hour + 4)}:00`);
});

test("not before, not after: too early is deferred, too late has failed for its content's sake", async (t) => {
  const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
  const w = new World(
    t,
    jobs(3, (i) => (i === 1 ? { not_before: at(1) } : i === 2 ? { not_after: at(-1) } : {})),
  );
  const { code, final } = await w.go();
  assert.equal(code, 3);
  has(final, { success: 1, deferred: 1, failed_content: 1 });
  const { causes } = (await w.status()) as { causes?: { cause: string }[] };
  if (causes !== undefined)
    assert.deepEqual(
      causes.map((c) => c.cause),
      ["too_late"],
    );
});

test("jobs without account are dealt in turn and within the limits", async (t) => {
  const w = new World(
    t,
    Array.from({ length: 5 }, (_, i) => ({ id: `j${i + 1}` })),
  );
  const { code, final } = await w.go("--accounts", "ann,ben", "--daily-limit", "2");
  assert.equal(code, 8);
  has(final, { success: 4, deferred: 1 });
  assert.deepEqual(
    w
      .notes("posts")
      .map((n) => n.account)
      .sort(),
    ["ann", "ann", "ben", "ben"],
  );
});
