// Every exit code of the contract (2-contract 2.2), reached once through the real command.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { EXEC, has, jobs, once, World } from "./world.ts";

const KEPT: [code: number, why: string, plan: Record<string, string[]>, flags: string[], result: string][] = [
  [0, "all are posted", {}, [], "all_complete"],
  [
    3,
    "a content failure alone",
    { j1: ["refuse content too_long caption too long + exit 1"] },
    [],
    "only_non_retryable",
  ],
  [5, "no pass left", { j1: ["fail socket hang up"] }, ["--max-passes", "1"], "max_passes_reached"],
  [5, "no retry left", { j1: ["fail socket hang up"] }, ["--infra-retry-limit", "0"], "retries_exhausted"],
  [6, "a post that may be live", { j1: ["publish + die"], "look j1": ["null"] }, [], "unconfirmed_remaining"],
  [
    6,
    "a post that may be live, whatever else failed",
    { j1: ["publish + die"], "look j1": ["null"], j2: ["fail socket hang up"] },
    ["--max-passes", "1"],
    "max_passes_reached",
  ],
  [7, "a halt threshold", { j1: ["fail socket hang up"] }, ["--halt", "now,fail=1", "--workers", "1"], "halted"],
  [8, "the rest is not due today", { "*": ["ok"] }, ["--daily-limit", "1"], "deferred"],
];
for (const [code, why, plan, flags, result] of KEPT) {
  test(`exit ${code}: ${why}`, async (t) => {
    const rows = code === 8 ? jobs(2, () => ({ account: "solo" })) : jobs(2);
    const w = new World(t, rows, plan);
    const ended = await w.go(...flags);
    assert.equal(ended.code, code, ended.err);
    assert.equal(ended.final.final_result, result);
    const { last_result } = await w.status();
    if (last_result !== undefined) assert.equal(last_result, result);
  });
}

test("exit 4: nothing to post; 0 with --allow-empty", async (t) => {
  const w = new World(t, []);
  const none = await w.again();
  assert.equal(none.code, 4);
  has(none.final, { final_result: "no_jobs", total: 0, pass_count: 0 });
  assert.equal((await w.again("--allow-empty")).code, 0);
});

test("exit 4: jobs without account, and nobody to post them", async (t) => {
  const w = new World(t, [{ id: "a" }]);
  const { code, final } = await w.go();
  assert.equal(code, 4);
  assert.equal(final.final_result, "no_accounts");
  assert.deepEqual(w.posts(), []);
  const named = await w.again("--accounts", "ann");
  assert.equal(named.code, 0, named.err);
  assert.equal(w.tries("a")[0]?.account, "ann");
});

test("exit 2: a flag, the config or a job file is refused in one line, and nothing starts", async (t) => {
  const w = new World(t, jobs(1));
  w.write("bad.jsonl", '{"id":"a","account":"x","media":"m.mp4"}\n{"id":"b"}\nnot json\n');
  w.write("bad.yaml", "passes:\n  maxx: 3\n");
  const cases: [args: string[], names: RegExp][] = [
    [["run", "jobs.jsonl", "--exec", EXEC, "--workers", "0"], /--workers is "0"/],
    [["run", "jobs.jsonl", "--exec", EXEC, "--retry-delay", "soon"], /--retry-delay is "soon"/],
    [["run", "jobs.jsonl"], /--exec/],
    [["run", "jobs.jsonl", "--exec", EXEC, "--config", "bad.yaml"], /bad\.yaml:2.*maxx.*max/],
    [["run", "nowhere.jsonl", "--exec", EXEC], /nowhere\.jsonl/],
    [["run", "bad.jsonl", "--exec", EXEC], /bad\.jsonl:2 .*\n.*bad\.jsonl:3 /],
  ];
  for (const [args, names] of cases) {
    const { code, err } = await w.run(args);
    assert.equal(code, 2, `${args.join(" ")}: ${err}`);
    assert.match(err, names);
  }
  assert.deepEqual(w.tries(), []);
  assert.equal((await w.status()).total, 0, "nothing was taken in");
});

test("exit 20: a ledger that is none, and a state folder that can't be written", async (t) => {
  const w = new World(t, jobs(1));
  w.isDamaged = true;
  const state = join(w.dir, ".reprise");
  mkdirSync(state);
  writeFileSync(join(state, "ledger.db"), "once upon a time, this was a letter to my aunt".repeat(100));
  const foreign = await w.go();
  assert.equal(foreign.code, 20, foreign.err);
  has(foreign.events.at(-1), { type: "error", error: "preflight" });
  assert.match(readFileSync(join(state, "ledger.db"), "utf8"), /^once upon a time/, "left as it was");
  const emptied = new World(t, jobs(1));
  emptied.isDamaged = true;
  mkdirSync(join(emptied.dir, ".reprise"));
  emptied.write(".reprise/ledger.db", "");
  assert.equal((await emptied.go()).code, 20, "an empty file is not a new ledger: its posts would be forgotten");
  if (process.getuid?.() !== 0) {
    const closed = new World(t, jobs(1));
    mkdirSync(join(closed.dir, ".reprise"));
    chmodSync(join(closed.dir, ".reprise"), 0o500);
    assert.equal((await closed.go()).code, 20);
  }
  for (const world of [w, emptied]) assert.deepEqual(world.tries(), []);
});

test("exit 75: the campaign is held; the message and the error line name the holder", async (t) => {
  const w = new World(t, jobs(1), { j1: ["at there + ok"] });
  const first = w.starts();
  await w.reached("there");
  const second = await w.again();
  assert.equal(second.code, 75);
  const error = second.events.at(-1) as unknown as { error: string; conflicts: { pid: number }[] };
  assert.equal(error.error, "orchestrator_conflict");
  assert.equal(error.conflicts[0]?.pid, first.pid);
  assert.match(second.err, new RegExp(`\\b${first.pid}\\b`));
  w.open("there");
  assert.equal((await first.end).code, 0, "and the holder is not disturbed");
  once(w, ["j1"]);
});

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  test(`exit ${code}: ${signal} stops in order, and the next run goes on with the same run`, async (t) => {
    const w = new World(t, jobs(2), { j1: ["at there + ok", "ok"] });
    const run = w.starts("--workers", "1");
    await w.reached("there");
    run.signal(signal);
    const stopped = await run.end;
    assert.equal(stopped.code, code, stopped.err);
    has(stopped.final, { final_result: "interrupted", pending: 2, success: 0 });
    assert.deepEqual(w.census(), []);
    const next = await w.again();
    assert.equal(next.code, 0);
    has(next.final, { pass_count: 1, success: 2 });
    assert.equal((next.events.at(-1) as { run: string }).run, (stopped.events.at(-1) as { run: string }).run);
    once(w, ["j1", "j2"]);
  });
}

test("without a ledger, status shows zeros, exits 0 and creates nothing", async (t) => {
  const w = new World(t, []);
  has(await w.status(), { total: 0, success: 0, state: "idle" });
  assert.ok(!existsSync(join(w.dir, ".reprise")));
});
