// The demo end to end: real processes, and the sink as the witness.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { EventLine, RunFinished } from "../core/events.ts";
import { nodeProcesses } from "../host/node/node-host.ts";

const bin = fileURLToPath(new URL("../../bin/reprise.mjs", import.meta.url));
const limit = { timeout: 60_000 };

/** A folder in which it is about noon, so that no day ends during the demo. Temporary files go there too. */
function world(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), "reprise-demo-test-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const temp = join(dir, "temp");
  const cwd = join(dir, "cwd");
  for (const folder of [temp, cwd]) mkdirSync(folder);
  const hour = new Date().getUTCHours();
  const zone = `Etc/GMT${hour >= 12 ? "+" : "-"}${Math.abs(hour - 12)}`;
  return { temp, cwd, env: { PATH: process.env.PATH, HOME: dir, TMPDIR: temp, TZ: zone, LANG: "C.UTF-8" } };
}

type Ended = { code: unknown; out: string; err: string };
function reprise({ cwd, env }: ReturnType<typeof world>, ...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [bin, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (d) => (out += d));
  child.stderr.on("data", (d) => (err += d));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, out, err })));
}

const postsIn = (sink: string) =>
  readFileSync(sink, "utf8")
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { job: string }).job);

test(
  "the demo shows its faults, settles them, posts nothing twice, and the commands it names work",
  limit,
  async (t) => {
    const w = world(t);
    const demo = await reprise(w, "demo");
    assert.equal(demo.code, 0, demo.err);
    const folders = () => readdirSync(w.temp).filter((name) => name !== "node-compile-cache");
    const [folder = ""] = folders().map((name) => join(w.temp, name));
    assert.match(demo.err, new RegExp(`A demo in ${folder}: 40 jobs of 12 accounts`));
    const posts = postsIn(join(folder, "simulated/simulated-posts.jsonl"));
    assert.deepEqual([posts.length, new Set(posts).size], [32, 32]);
    for (const words of [
      /40 jobs, \d+ attempts, [23] passes/,
      /7 attempts failed .*\(.*device_offline 4.*\)/,
      /2 workers killed/,
      /turned out suspended.* 2 more jobs/,
      /3 posts got lost between tap and proof/,
      /2 found in the feed/,
      /1 absent, and still absent later/,
      /asked to wait once/,
      /4 jobs beyond the daily limit/,
      /= 32 posted\. .* 32 posts, and no job in it twice/,
    ])
      assert.match(demo.out, words);
    const commands = [...demo.out.matchAll(/^ {2}reprise (--state-dir .*?) +#/gm)].map(([, words = ""]) => words);
    assert.equal(commands.length, 4);
    for (const command of commands) {
      const { code, out, err } = await reprise(w, ...command.split(" "));
      assert.equal(code, 0, `${command}: ${err}`);
      assert.notEqual(out, "");
    }
    assert.deepEqual([readdirSync(w.cwd), folders().length], [[], 1]);
  },
);

test("whatever the seed, the demo comes to the same counts; in a folder of one's choice it stays", limit, async (t) => {
  const w = world(t);
  const old = join(w.temp, "reprise-demo-old");
  const kept = join(w.temp, "reprise-demo-kept");
  const alive = join(w.temp, "reprise-demo-alive");
  const living = { ...nodeProcesses.self(), host: hostname() };
  for (const [path, owner] of [
    [old, { ...living, startTime: "1" }],
    [alive, living],
    [kept, null],
  ] as const) {
    mkdirSync(path);
    if (owner !== null) writeFileSync(join(path, "owner.json"), JSON.stringify(owner));
  }
  const { code, out, err } = await reprise(w, "demo", "--seed", "7", "--json", "--keep");
  assert.equal(code, 0, err);
  const events = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as EventLine);
  const end = events.at(-1) as EventLine & RunFinished;
  assert.equal(end.type, "run.finished");
  const { total, success, failed_account, failed_content, held, deferred, unconfirmed } = end;
  assert.deepEqual(
    { total, success, failed_account, failed_content, held, deferred, unconfirmed },
    { total: 40, success: 32, failed_account: 1, failed_content: 1, held: 2, deferred: 4, unconfirmed: 0 },
  );
  assert.deepEqual([existsSync(old), existsSync(kept), existsSync(alive)], [false, true, true]);
});

test(
  "a folder that is not empty is refused in one line, and a ledger of one's own is not the demo's",
  limit,
  async (t) => {
    const w = world(t);
    writeFileSync(join(w.cwd, "mine.txt"), "");
    const full = await reprise(w, "demo", "--dir", ".");
    assert.deepEqual(
      [full.code, full.err],
      [2, "usage: --dir .: is not empty; name a new or empty folder. (exit 2)\n"],
    );
    const other = await reprise(w, "demo", "--state-dir", "x");
    assert.equal(other.code, 2);
    assert.match(other.err, /^usage: demo: has a ledger and settings of its own; .*\n$/);
    assert.deepEqual(readdirSync(w.cwd), ["mine.txt"]);
  },
);
