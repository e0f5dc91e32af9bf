// The doctor on real installations with a fault planted in each.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import test from "node:test";
import { nodeProcesses } from "../../src/host/node/node-host.ts";
import { EXEC, jobs, until, World } from "./world.ts";

type Found = { check: string; level: string; finding: string; remedy: string | null };

async function examine(w: World, ...args: string[]): Promise<{ code: number | null; found: Found[] }> {
  const { code, out, err } = await w.run(["doctor", "--json", "--exec", "true", ...args]);
  assert.equal(err, "");
  const lines = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  for (const line of lines)
    assert.ok(line.v === 1 && line.type === "finding" && line.ts && line.check, JSON.stringify(line));
  return { code, found: lines.filter((f: Found) => f.level !== "ok") };
}
const ledger = (w: World) => join(w.dir, ".reprise/ledger.db");
function edit(w: World, sql: string): void {
  w.isDamaged = true;
  const db = new DatabaseSync(ledger(w));
  db.exec(sql);
  db.close();
}

test("a doctor that finds nothing says so, exits 0, and makes nothing", async (t) => {
  const w = new World(t, []);
  const { code, out } = await w.run(["doctor", "--exec", "true"]);
  assert.equal(code, 0);
  assert.match(out, /^ok +ledger +none yet$/m);
  assert.match(out, /All is well\.\n$/);
  assert.throws(() => readFileSync(ledger(w)));
  await w.run(["import", "jobs.jsonl"]);
});

const planted: [fault: string, plant: (w: World) => unknown, code: number, check: string, finding: RegExp][] = [
  ["a ledger of 0 bytes", (w) => truncateSync(ledger(w), 0), 20, "ledger", /is empty: not a ledger/],
  ["another program's file", (w) => writeFileSync(ledger(w), "a".repeat(5000)), 20, "ledger", /is not a ledger/],
  ["a newer ledger", (w) => edit(w, "PRAGMA user_version = 99"), 20, "ledger", /written by a newer reprise/],
  ["another program's database", (w) => edit(w, "PRAGMA application_id = 1"), 20, "ledger", /another program's/],
  [
    "a folder that all may write in",
    (w) => chmodSync(join(w.dir, ".reprise"), 0o777),
    20,
    "state folder",
    /others may write/,
  ],
  ["a poster that is gone", () => ["--exec", "./gone.sh"], 20, "poster", /gone\.sh: there is no such file/],
  [
    "media that is gone",
    (w) => rmSync(join(w.dir, "videos"), { recursive: true }),
    20,
    "media",
    /videos: is not there/,
  ],
  [
    "a bad config file",
    (w) => w.write("reprise.config.yaml", "wrokers: 2\n"),
    20,
    "config",
    /config\.yaml:1: .*did you mean workers/,
  ],
  ["a bad flag", () => ["--campaign", "no/slash"], 20, "config", /--campaign is "no\/slash"/],
  ["a damaged outbox", (w) => damageOutbox(w), 0, "leftovers", /can't be read: .*x\.json/],
  ["a cut off import", (w) => w.write(".reprise/tmp/tray-999999999-1.db", ""), 0, "leftovers", /an import was cut off/],
  ["a clock set back", (w) => edit(w, FUTURE), 0, "clock and ledger", /in the future/],
];
const FUTURE =
  "INSERT INTO event (campaign, run, ts, version, type, body) VALUES (1, '-', 4000000000000, 1, 'warning', '{}')";
function damageOutbox(w: World): void {
  mkdirSync(join(w.dir, ".reprise/outbox"), { recursive: true });
  w.write(".reprise/outbox/x.json", '{"v":1,"attempt"');
}
for (const [fault, plant, wantCode, check, finding] of planted) {
  test(`the doctor finds ${fault}`, async (t) => {
    const w = new World(t, []);
    w.isDamaged = true;
    mkdirSync(join(w.dir, "videos"));
    w.jobFile("more.jsonl", [{ id: "v1", account: "ana", media: "videos/v1.mp4" }]);
    assert.equal((await w.run(["import", "more.jsonl"])).code, 0);
    const { code, found } = await examine(w, ...((plant(w) as string[] | undefined) ?? []));
    assert.deepEqual(
      found.map((f) => f.check),
      [check],
      JSON.stringify(found),
    );
    assert.match(found[0]?.finding ?? "", finding);
    assert.ok((found[0]?.remedy ?? "").length > 5);
    assert.equal(code, wantCode);
  });
}

test("a run tells at its start what the doctor would call a problem, and goes on", async (t) => {
  const w = new World(t, jobs(1));
  await w.run(["import", "jobs.jsonl"]);
  w.write("bad-clock.mjs", `const real = Date.now; Date.now = () => real() - ${50 * 365.25 * 86_400_000};`);
  const { code, events } = await w.run(
    ["run", "--json", "--exec", EXEC, "--verify-exec", "same", "--retry-delay", "0"],
    {
      env: { NODE_OPTIONS: `--import=${join(w.dir, "bad-clock.mjs")}` },
    },
  );
  assert.equal(code, 0);
  const told = events.flatMap((e) => (e.type === "warning" && e.code === "set_up" ? [e.message] : []));
  assert.match(told.join(), /clock: it shows 19\d\d/);
});

test("a state folder that others may write in is refused before anything is made or posted", async (t) => {
  const w = new World(t, jobs(1));
  await w.run(["import", "jobs.jsonl"]);
  chmodSync(join(w.dir, ".reprise"), 0o770);
  for (const args of [["run", "--exec", EXEC], ["import", "jobs.jsonl"], ["sweep"]]) {
    const { code, err } = await w.run(args);
    assert.equal(code, 20, args.join(" "));
    assert.match(err, /^preflight: state folder: others may write in .* \(mode 0770\); chmod 700 .*\n$/);
  }
  assert.deepEqual(w.tries(), []);
});

test("a count that is not true is found by --ledger alone", async (t) => {
  const w = new World(t, jobs(3));
  await w.run(["import", "jobs.jsonl"]);
  edit(w, "UPDATE tally SET n = n + 1");
  assert.deepEqual((await examine(w)).found, []);
  const { code, found } = await examine(w, "--ledger");
  assert.equal(code, 20);
  assert.match(found[0]?.finding ?? "", /the standing counts 4 jobs, there are 3/);
});

test("a held account, a run cut off, and what it left running are found", async (t) => {
  const w = new World(t, jobs(3), { j1: ["fail We suspended your account"], "*": ["at up + hang"] });
  const running = w.starts("--stop-grace", "1s");
  await w.reached("up", "j2");
  await running.event("account.held");
  await running.killHard();
  const mark = `${idOf(w)}/default/999999.1`;
  const orphan = spawn("sleep", ["600"], { env: { REPRISE_MARK: mark, REPRISE_TEST_WORLD: w.dir }, stdio: "ignore" });
  t.after(() => orphan.kill("SIGKILL"));
  await until("the orphan", () => readFileSync(`/proc/${orphan.pid}/environ`, "utf8").includes(mark));
  const { found } = await examine(w);
  const of = (check: string) =>
    found
      .filter((f) => f.check === check)
      .map((f) => f.finding)
      .join();
  assert.match(of("running"), /nobody, and run .* is not finished \(pass 1\)/);
  assert.match(of("leftovers"), new RegExp(`${orphan.pid} sleep 600`));
  assert.match(of("accounts"), /1 held: acct1/);
});

test("the Appium and the adb server of a run that lives are nobody's leftovers", async (t) => {
  const w = new World(t, jobs(1));
  await w.run(["import", "jobs.jsonl"]);
  const { pid, startTime } = nodeProcesses.self(); // stands for the run's orchestrator
  for (const server of ["/adb", "/appium_1/"]) {
    const mark = `${idOf(w)}/default/${pid}.${startTime}${server}`;
    const child = w.startRaw(["sleep", "600"], { REPRISE_MARK: mark });
    await until("its mark", () => readFileSync(`/proc/${child.pid}/environ`, "utf8").includes(mark));
  }
  assert.deepEqual((await examine(w)).found, []);
});

function idOf(w: World): string {
  const db = new DatabaseSync(ledger(w), { readOnly: true });
  const row = db.prepare("SELECT value FROM ledger WHERE key = 'id'").get();
  db.close();
  return String(row?.value);
}
