import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import test, { type TestContext } from "node:test";
import { millis } from "../core/ids.ts";
import { MARK_VARIABLE } from "../host/host.ts";
import { nodeHost } from "../host/node/node-host.ts";
import { ADB_MARK, markPrefix, starterOf, sweepProcesses } from "./cleanup.ts";

const host = nodeHost();
let worlds = 0;
/** A ledger id of this test alone. */
const ledger = () => `cleanup-test-${process.pid}-${++worlds}`;

/** A process that sleeps, or ends after so many seconds; `SIGTERM` does not end it. */
async function sleeper(t: TestContext, mark: string | null, seconds = 600): Promise<ChildProcess> {
  const env = { PATH: process.env.PATH, ...(mark === null ? {} : { [MARK_VARIABLE]: mark }) };
  const script = `trap '' TERM; echo up; sleep ${seconds} & wait`;
  const child = spawn("/bin/sh", ["-c", script], { env, detached: true, stdio: ["ignore", "pipe", "ignore"] });
  t.after(() => {
    if (child.pid !== undefined) killGroup(child.pid);
  });
  await new Promise((resolve) => child.stdout?.once("data", resolve));
  return child;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // gone, as it should be
  }
}

const isGone = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;
const exited = (child: ChildProcess) =>
  isGone(child) ? Promise.resolve() : new Promise<void>((resolve) => child.once("exit", () => resolve()));
const sweep = (prefix: string, more: { patienceMs?: number; keep?: ReadonlySet<number> } = {}) =>
  sweepProcesses({ host, prefix, patienceMs: more.patienceMs ?? 0, keep: more.keep ?? new Set() });

test("processes with the campaign's mark are ended with all they started, whatever they do about SIGTERM", async (t) => {
  const prefix = markPrefix(ledger(), "one");
  const ours = await sleeper(t, `${prefix}1.1`);
  const report = await sweep(prefix);
  await exited(ours);
  assert.equal(ours.signalCode, "SIGKILL");
  assert.equal(report.processes, 2, "the shell and its sleep");
  assert.ok(report.details.some((line) => line.includes(String(ours.pid))));
  assert.deepEqual(host.processes.marked(prefix), []);
});

test("a stranger's process stays, though it is called the same and runs in the same folder", async (t) => {
  const id = ledger();
  const prefix = markPrefix(id, "one");
  const others = await Promise.all([
    sleeper(t, null),
    sleeper(t, `${markPrefix(id, "two")}1.1`), // another campaign of this ledger
    sleeper(t, `${markPrefix(ledger(), "one")}1.1`), // a campaign of this name of another ledger
    sleeper(t, `${markPrefix(id, "one more")}1.1`), // a name that begins the same
  ]);
  const ours = await sleeper(t, `${prefix}1.1`);
  await sweep(prefix);
  await exited(ours);
  assert.deepEqual(others.map(isGone), [false, false, false, false]);
});

test("living processes of the present start are kept", async (t) => {
  const prefix = markPrefix(ledger(), "one");
  const worker = await sleeper(t, `${prefix}1.1`);
  const kids = host.processes.marked(prefix).map((p) => p.pid);
  assert.equal((await sweep(prefix, { keep: new Set(kids) })).processes, 0);
  assert.equal(isGone(worker), false);
});

test("orphans may finish by themselves first; then nothing is killed", async (t) => {
  const prefix = markPrefix(ledger(), "one");
  const orphan = await sleeper(t, `${prefix}1.1`, 0.3);
  const report = await sweep(prefix, { patienceMs: 10_000 });
  await exited(orphan);
  assert.equal(orphan.exitCode, 0);
  assert.ok(report.processes > 0);
});

test("an adb server of ours never ends by itself, so it is not waited for", { timeout: 60_000 }, async (t) => {
  const prefix = markPrefix(ledger(), "one");
  const server = await sleeper(t, `${prefix}1.1${ADB_MARK}`);
  const orphan = await sleeper(t, `${prefix}1.1`, 0.3);
  await sweep(prefix, { patienceMs: 600_000 });
  await exited(orphan);
  assert.deepEqual([orphan.exitCode, server.signalCode], [0, "SIGKILL"]);
});

test("the patience ends: who is still there then is killed", async (t) => {
  const prefix = markPrefix(ledger(), "one");
  const orphan = await sleeper(t, `${prefix}1.1`);
  const from = Date.now();
  await sweep(prefix, { patienceMs: millis(200) });
  await exited(orphan);
  assert.equal(orphan.signalCode, "SIGKILL");
  assert.ok(Date.now() - from >= 200);
});

test("a campaign's name may hold anything and still marks its own processes alone", () => {
  assert.ok(!markPrefix("id", "a/b").startsWith(markPrefix("id", "a")));
  assert.notEqual(markPrefix("id", "ä ö"), markPrefix("id", "ä%20ö"));
});

const marks: [of: string, mark: string, starter: ReturnType<typeof starterOf>][] = [
  ["a worker or poster", `${markPrefix("L", "night")}12.345`, { pid: 12, startTime: "345" }],
  ["a private adb server", `${markPrefix("L", "night")}12.345${ADB_MARK}`, { pid: 12, startTime: "345" }],
  ["an Appium", `${markPrefix("L", "night")}12.345/appium_1/`, { pid: 12, startTime: "345" }],
  ["a campaign with numbers for a name", `${markPrefix("L", "6.7")}12.345/appium_1/`, { pid: 12, startTime: "345" }],
  ["an Appium that nobody's orchestrator started", "none/none/12/appium_1/", null],
  ["anything else", "L/night", null],
];
for (const [of, mark, starter] of marks)
  test(`the mark of ${of} tells who started it`, () => assert.deepEqual(starterOf(mark), starter));
