import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { GoAnswer } from "../core/claim.ts";
import { attemptId, fence, instant, jobId, millis, passNo, runId } from "../core/ids.ts";
import { PLAIN_JOB } from "../core/job.ts";
import type { PosterSettings } from "../core/settings.ts";
import { MARK_VARIABLE } from "../host/host.ts";
import { nodeClock, nodeProcesses } from "../host/node/node-host.ts";
import { tinyMp4 } from "../media/tiny-mp4.fixture.ts";
import { dropOutbox, readOutbox } from "./outbox.ts";
import { brakeMs, openWorkerPool, type WorkerPoolOptions } from "./pool.ts";
import type { AttemptHooks, LookTask, WorkerEvent, WorkerPool, WorkerTask } from "./workers.ts";

const at = (path: string) => new URL(`../../test/fixtures/${path}`, import.meta.url);
const TINY_MP4 = tinyMp4();
const never = new AbortController().signal;
const posterScript = fileURLToPath(at("poster.sh"));

async function until(what: () => boolean, ms = 60_000) {
  const end = Date.now() + ms;
  while (!what()) {
    assert.ok(Date.now() < end, "waited too long");
    await new Promise((r) => setTimeout(r, 10));
  }
}

let count = 0;
/** A state folder with a mark of its own; at the end nothing that bears the mark may be alive. */
function stage(t: TestContext) {
  const stateDir = mkdtempSync(join(tmpdir(), "reprise-pool-"));
  const mark = `pool-test-${process.pid}-${++count}/`;
  const posts = join(stateDir, "posts");
  const media = join(stateDir, "a.mp4");
  writeFileSync(media, TINY_MP4);
  const env = { ...process.env, [MARK_VARIABLE]: `${mark}default/1.1`, FIXTURE_POSTS: posts };
  const pools: WorkerPool[] = [];
  t.after(async () => {
    await Promise.all(pools.map((pool) => pool.close()));
    const orphans = nodeProcesses.marked(mark);
    for (const orphan of orphans) nodeProcesses.kill(orphan, "SIGKILL");
    rmSync(stateDir, { recursive: true, force: true });
    assert.deepEqual(orphans, [], "no orphan is left");
  });
  const posted = () => (existsSync(posts) ? readFileSync(posts, "utf8").split("\n").filter(Boolean) : []);
  return { stateDir, mark, env, media, posted, pools };
}
type Stage = ReturnType<typeof stage>;

function openPool(stage: Stage, options: Partial<WorkerPoolOptions> = {}) {
  const events: WorkerEvent[] = [];
  const pool = openWorkerPool({
    size: 1,
    staggerMs: 0,
    entry: new URL("../compose/worker-main.ts", import.meta.url),
    env: stage.env,
    stateDir: stage.stateDir,
    onEvent: (e) => events.push(e),
    clock: nodeClock,
    processes: nodeProcesses,
    ...options,
  });
  stage.pools.push(pool);
  return { pool, events };
}

const acquired = async (pool: WorkerPool) => {
  const slot = await pool.acquire(never);
  assert.ok(slot);
  return slot;
};

/** `act`: a word of test/fixtures/poster.sh. */
const command = (act: string, silentIs: "unconfirmed" | "failed" = "failed"): PosterSettings => ({
  kind: "command",
  exec: `${posterScript} ${act}`,
  verifyExec: "same",
  silentIs,
});

function simulated(stage: Stage, text: string): PosterSettings {
  const scenarioFile = join(stage.stateDir, "scenario.yaml");
  writeFileSync(scenarioFile, text);
  return { kind: "simulated", scenarioFile, seed: 1 };
}

function taskOf(stage: Stage, poster: PosterSettings, more: Partial<WorkerTask> = {}): WorkerTask {
  return {
    phone: null,
    claim: {
      attempt: attemptId(`run.${++count}`),
      fence: fence(4),
      run: runId("run"),
      pass: passNo(1),
      job: {
        ...PLAIN_JOB,
        id: jobId("job-1"),
        account: "anna",
        platform: "insta",
        media: stage.media,
        caption: "hello",
      },
      worker: 1,
      device: null,
      spent: { infrastructure: 0, unknown: 0, rateLimits: 0 },
      startedAt: instant(Date.now()),
      media: null,
      opaque: false,
    },
    poster,
    attemptTimeoutMs: millis(20_000),
    secrets: [],
    ...more,
  };
}

type Heard = AttemptHooks & { heard: string[]; saw(word: string): Promise<void> };
function hooks(answers: { media?: GoAnswer; publishing?: () => Promise<GoAnswer> } = {}): Heard {
  const heard: string[] = [];
  return {
    heard,
    saw: (word) => until(() => heard.includes(word)),
    async media(found) {
      heard.push(`media ${found.size}`);
      return answers.media ?? { go: true };
    },
    spoke: () => heard.push("spoke"),
    step: (name) => heard.push(`step ${name}`),
    async publishing(baseline) {
      heard.push(`publishing ${baseline}`);
      return (await answers.publishing?.()) ?? { go: true };
    },
  };
}

const lookOf = ({ claim, poster }: WorkerTask): LookTask => ({
  unconfirmed: { ...claim, intentAt: instant(0), absentSince: null, lookAt: null, baseline: null },
  phone: null,
  poster,
  timeoutMs: millis(60_000),
  secrets: [],
});

test("a check asks the poster in the worker, and a worker that dies under it is told as lost", async (t) => {
  const s = stage(t);
  const { pool } = openPool(s);
  const slot = await acquired(pool);
  const { attempt, job } = taskOf(s, command("ok")).claim;
  const phone = { id: "p1", serial: "p1", adbPort: 5137, systemPort: null };
  const ask = (exec: string) => {
    const poster = { kind: "command", exec, verifyExec: null, silentIs: "failed" } as const;
    return slot.check({ attempt, job, phone, poster, timeoutMs: millis(5000), secrets: [] });
  };
  const told = await ask('[ "$REPRISE_ACTION $ANDROID_SERIAL" = "check p1" ] && exit 77');
  assert.deepEqual(told?.exit, { kind: "code", code: 77 });
  assert.equal((await ask("kill -KILL $PPID"))?.exit.kind, "lost");
  await pool.close();
});

test("a look without a phone is told of none, whichever the post was made on", async (t) => {
  const s = stage(t);
  const { pool } = openPool(s);
  const slot = await acquired(pool);
  const exec = `printf '%s %s\\n' "$REPRISE_DEVICE" "$ANDROID_SERIAL" >>"$FIXTURE_POSTS"; echo '{"type":"verified","posted":true}' >&3`;
  const look = lookOf(taskOf(s, { kind: "command", exec, verifyExec: "same", silentIs: "failed" }));
  const unconfirmed = { ...look.unconfirmed, device: "p1" };
  assert.equal(await slot.look({ ...look, unconfirmed }), "posted");
  const phone = { id: "p1", serial: "10.0.0.7:5555", adbPort: 5137, systemPort: null };
  assert.equal(await slot.look({ ...look, unconfirmed, phone }), "posted");
  const told = `{"id":"p1","serial":"10.0.0.7:5555","adb_port":5137,"system_port":null} 10.0.0.7:5555`;
  assert.deepEqual(s.posted(), ["null ", told]);
  await pool.close();
});

test("an attempt goes from media over the intent to its post", async (t) => {
  const s = stage(t);
  const { pool, events } = openPool(s);
  const slot = await acquired(pool);
  const task = taskOf(s, command("ok"));
  const heard = hooks();
  const end = await slot.attempt(task, heard);
  slot.settled(task.claim.attempt);
  assert.deepEqual(heard.heard, [`media ${TINY_MP4.length}`, "spoke", "step opening", "publishing newest-7"]);
  assert.deepEqual([end.said, end.gotGo, s.posted()], [{ type: "posted", url: "https://x/1" }, true, ["job-1"]]);
  assert.equal(await slot.look(lookOf(task)), "posted");
  await pool.close();
  assert.deepEqual(
    events.map((e) => [e.type, e.worker, e.type === "worker.exited" && e.expected]),
    [
      ["worker.started", 1, false],
      ["worker.exited", 1, true],
    ],
  );
  assert.deepEqual(await readOutbox(s.stateDir), []);
  const log = readFileSync(join(s.stateDir, "logs", "worker_1.log"), "utf8")
    .trim()
    .split("\n");
  assert.ok(log.every((line) => (JSON.parse(line) as { worker: number }).worker === 1));
  assert.deepEqual(readdirSync(join(s.stateDir, "evidence")), []);
});

test("media that can't be posted end the attempt before the poster starts", async (t) => {
  const s = stage(t);
  writeFileSync(s.media, "");
  const slot = await acquired(openPool(s).pool);
  const end = await slot.attempt(taskOf(s, command("silent-ok")), hooks());
  assert.deepEqual([end.exit.kind, end.step, s.posted()], ["media", "media", []]);
});

test("media that are a duplicate end the attempt before the poster starts", async (t) => {
  const s = stage(t);
  const slot = await acquired(openPool(s).pool);
  const heard = hooks({ media: { go: false, reason: "duplicate" } });
  const end = await slot.attempt(taskOf(s, command("silent-ok")), heard);
  assert.deepEqual([end.exit.kind, end.noGo, s.posted()], ["cancelled", "duplicate", []]);
});

test("a hook that throws gives no go", async (t) => {
  const s = stage(t);
  const slot = await acquired(openPool(s).pool);
  const publishing = () => Promise.reject(new Error("disk full"));
  const end = await slot.attempt(taskOf(s, command("ok")), hooks({ publishing }));
  assert.deepEqual([end.gotGo, end.noGo, s.posted()], [false, "stopping", []]);
});

test("slots start when they are asked for, and an idle one is taken before a new one starts", async (t) => {
  const { pool, events } = openPool(stage(t), { size: 2 });
  assert.deepEqual(events, []);
  const first = await acquired(pool);
  pool.release(first);
  assert.equal(await acquired(pool), first);
  assert.equal(events.length, 1);
  const second = await acquired(pool);
  assert.equal(second.number, 2);
  const stop = new AbortController();
  const third = pool.acquire(stop.signal);
  stop.abort();
  assert.equal(await third, null);
  const fourth = pool.acquire(never);
  pool.release(second);
  assert.equal(await fourth, second);
});

test("first starts keep their distance", async (t) => {
  const { pool, events } = openPool(stage(t), { size: 2, staggerMs: 250 });
  const began = performance.now();
  await Promise.all([pool.acquire(never), pool.acquire(never)]);
  assert.ok(performance.now() - began >= 250);
  assert.equal(events.length, 2);
});

for (const [outcome, gotGo] of [
  ["crash", false],
  ["crash_after_intent", true],
] as const) {
  test(`a worker's ${outcome} is an attempt lost, and its slot comes back under its number`, async (t) => {
    const s = stage(t);
    const { pool, events } = openPool(s);
    const slot = await acquired(pool);
    const end = await slot.attempt(taskOf(s, simulated(s, `jobs: {job-1: ${outcome}}`)), hooks());
    assert.deepEqual([end.exit.kind, end.gotGo, end.spoke], ["lost", gotGo, true]);
    assert.equal(end.step, gotGo ? "publishing" : "opening");
    pool.release(slot);
    const again = await acquired(pool);
    assert.equal(again.number, 1);
    assert.deepEqual(
      events.map((e) => e.type),
      ["worker.started", "worker.exited", "worker.started"],
    );
    const next = await again.attempt(taskOf(s, command("ok")), hooks());
    assert.equal(next.said?.type, "posted");
  });
}

test("a crashed worker's poster is killed with it", async (t) => {
  const s = stage(t);
  const { pool, events } = openPool(s);
  const slot = await acquired(pool);
  const heard = hooks();
  const running = slot.attempt(taskOf(s, command("hang")), heard);
  await heard.saw("step opening");
  const [started] = events;
  assert.ok(started);
  process.kill(started.pid, "SIGKILL");
  assert.equal((await running).exit.kind, "lost");
  await until(() => nodeProcesses.marked(s.mark).every((p) => p.command.includes("worker-main")));
});

test("a slot whose worker crashes time and again is off, and a pool without slots says so", async (t) => {
  const s = stage(t);
  const { pool, events } = openPool(s, {
    entry: at("dead-worker.mjs"),
    clock: { ...nodeClock, sleepUntil: async () => {} },
  });
  assert.equal(await pool.acquire(never), null);
  assert.equal(pool.isBroken, true);
  assert.equal(events.filter((e) => e.type === "worker.exited" && !e.expected && e.code === 3).length, 5);
  assert.equal(await pool.acquire(never), null);
});

test("the brake grows from nothing over 0.2 s to 5 s", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 9].map(brakeMs), [0, 200, 400, 800, 1600, 5000]);
});

test("a finished attempt makes a slot's crashes forgotten", async (t) => {
  const s = stage(t);
  const { pool } = openPool(s, { clock: { ...nodeClock, sleepUntil: async () => {} } });
  for (let round = 0; round < 2; round++) {
    for (const outcome of ["crash", "crash", "crash", "ok"]) {
      const slot = await acquired(pool);
      await slot.attempt(taskOf(s, simulated(s, `jobs: {job-1: ${outcome}}`)), hooks());
      pool.release(slot);
    }
  }
  assert.equal(pool.isBroken, false);
});

test("a worker that breaks the protocol is killed and its attempt lost", async (t) => {
  const s = stage(t);
  const slot = await acquired(openPool(s, { entry: at("foreign-worker.mjs") }).pool);
  const end = await slot.attempt(taskOf(s, command("ok")), hooks());
  assert.match(end.exit.kind === "lost" ? end.exit.message : "", /not of the protocol/);
});

test("a worker that hangs is killed some time after its attempt's time-out", async (t) => {
  const s = stage(t);
  const { pool } = openPool(s, { entry: at("hung-worker.mjs"), backstopMs: 100 });
  const slot = await acquired(pool);
  const end = await slot.attempt(taskOf(s, command("ok"), { attemptTimeoutMs: millis(50) }), hooks());
  assert.deepEqual(end.exit, { kind: "timed_out", afterMs: 50 });
});

test("a poster that hangs is timed out by its worker, which lives on", async (t) => {
  const s = stage(t);
  const { pool, events } = openPool(s);
  const slot = await acquired(pool);
  const end = await slot.attempt(taskOf(s, command("hang"), { attemptTimeoutMs: millis(2000) }), hooks());
  assert.deepEqual([end.exit, end.step], [{ kind: "timed_out", afterMs: 2000 }, "opening"]);
  assert.equal(events.length, 1);
});

test("a cancel ends a poster before its intent", async (t) => {
  const s = stage(t);
  const slot = await acquired(openPool(s).pool);
  const heard = hooks();
  const running = slot.attempt(taskOf(s, command("hang")), heard);
  await heard.saw("step opening");
  slot.cancel();
  assert.deepEqual((await running).exit, { kind: "cancelled" });
});

test("a cancel while the intent is being written: no go, nothing posted", async (t) => {
  const s = stage(t);
  const slot = await acquired(openPool(s).pool);
  const answer = Promise.withResolvers<GoAnswer>();
  const heard = hooks({ publishing: () => answer.promise });
  const running = slot.attempt(taskOf(s, command("ok")), heard);
  await heard.saw("publishing newest-7");
  slot.cancel();
  setTimeout(() => answer.resolve({ go: true }), 50);
  const end = await running;
  assert.deepEqual([end.gotGo, end.noGo, s.posted()], [false, "stopping", []]);
});

test("a cancel leaves a poster past its intent alone", async (t) => {
  const s = stage(t);
  const slot = await acquired(openPool(s).pool);
  const heard = hooks();
  const exec = `echo '{"type":"publishing"}' >&3; read a <&4; echo '{"type":"step","name":"tapped"}' >&3; while [ ! -e ${s.stateDir}/on ]; do sleep 0.02; done; echo '{"type":"posted"}' >&3`;
  const running = slot.attempt(taskOf(s, { kind: "command", exec, verifyExec: null, silentIs: "failed" }), heard);
  await heard.saw("step tapped");
  slot.cancel();
  writeFileSync(join(s.stateDir, "on"), "");
  assert.equal((await running).said?.type, "posted");
});

test("a cancel leaves a silent poster alone whose opaque intent stands, until it speaks", async (t) => {
  const s = stage(t);
  const slot = await acquired(openPool(s).pool);
  for (const [speaks, want] of [
    [false, "code"],
    [true, "cancelled"],
  ] as const) {
    const exec = `touch ${s.stateDir}/up; while [ ! -e ${s.stateDir}/on ]; do sleep 0.02; done; ${speaks ? `echo '{"type":"step","name":"x"}' >&3; sleep 300` : "true"}`;
    const poster: PosterSettings = { kind: "command", exec, verifyExec: null, silentIs: "unconfirmed" };
    const running = slot.attempt(taskOf(s, poster), hooks());
    await until(() => existsSync(join(s.stateDir, "up")));
    slot.cancel();
    await new Promise((r) => setTimeout(r, 50)); // time for a worker that would end it
    writeFileSync(join(s.stateDir, "on"), "");
    assert.equal((await running).exit.kind, want);
    for (const file of ["up", "on"]) rmSync(join(s.stateDir, file));
  }
});

test("a look that is cut short tells nothing, whether it was cancelled or its worker killed", async (t) => {
  const s = stage(t);
  const { pool } = openPool(s);
  const slot = await acquired(pool);
  const task = taskOf(s, command("hang"));
  for (const [n, cut] of [() => slot.cancel(), () => slot.kill()].entries()) {
    const looked = slot.look(lookOf(task));
    await until(() => s.posted().length === n + 1);
    cut();
    assert.equal(await looked, null);
  }
  await pool.close();
  // killed before it could tell of its poster, a worker leaves it behind: the sweep's work
  for (const orphan of nodeProcesses.marked(s.mark)) nodeProcesses.kill(orphan, "SIGKILL");
  await until(() => nodeProcesses.marked(s.mark).length === 0);
});

test("a kill ends worker and poster at once, and the slot starts again when asked", async (t) => {
  const s = stage(t);
  const { pool, events } = openPool(s);
  const slot = await acquired(pool);
  const heard = hooks();
  const running = slot.attempt(taskOf(s, command("hang-after-intent")), heard);
  await until(() => s.posted().length === 1);
  slot.kill();
  const end = await running;
  assert.deepEqual([end.exit, end.gotGo], [{ kind: "cancelled" }, true]);
  await until(() => nodeProcesses.marked(s.mark).length === 0);
  pool.release(slot);
  assert.equal(await acquired(pool), slot);
  const exits = events.filter((e) => e.type === "worker.exited");
  assert.deepEqual(
    exits.map((e) => e.expected),
    [true],
  );
});

test("closing ends workers that do not listen, and their posters", async (t) => {
  const s = stage(t);
  const { pool } = openPool(s);
  const slot = await acquired(pool);
  const heard = hooks();
  const running = slot.attempt(taskOf(s, command("hang")), heard);
  await heard.saw("step opening");
  const worker = nodeProcesses.marked(s.mark).find((p) => p.command.includes("worker-main"));
  assert.ok(worker);
  process.kill(worker.pid, "SIGSTOP");
  const began = performance.now();
  await pool.close();
  assert.ok(performance.now() - began < 20_000);
  assert.equal((await running).exit.kind, "cancelled");
  await until(() => nodeProcesses.marked(s.mark).length === 0);
});

// --- the orchestrator dies -------------------------------------------------------------------------------------------

async function orchestrator(
  s: Stage,
  task: WorkerTask,
): Promise<{ child: ChildProcess; said(word: string): Promise<void> }> {
  const child = spawn(process.execPath, [fileURLToPath(at("pool-driver.ts")), s.stateDir, JSON.stringify(task)], {
    env: s.env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { child, said: (word) => until(() => text.includes(word)) };
}

async function killedAt(s: Stage, task: WorkerTask, word: string): Promise<void> {
  const { child, said } = await orchestrator(s, task);
  await said(word);
  child.kill("SIGKILL");
  await once(child, "exit");
}

const gone = (s: Stage) => until(() => nodeProcesses.marked(s.mark).length === 0);

test("killed before the intent: the poster is ended, nothing is posted, the end lies in the outbox", async (t) => {
  const s = stage(t);
  const task = taskOf(s, command("hang"));
  await killedAt(s, task, "step opening");
  await gone(s);
  assert.deepEqual(s.posted(), []);
  const [entry] = await readOutbox(s.stateDir);
  assert.ok(entry?.kind === "end");
  assert.deepEqual(
    [entry.attempt, entry.fence, entry.end.exit, entry.end.gotGo],
    [task.claim.attempt, 4, { kind: "cancelled" }, false],
  );
  await dropOutbox(entry.file);
  assert.deepEqual(await readOutbox(s.stateDir), []);
});

test("killed after the intent: the poster finishes, and its post lies in the outbox", async (t) => {
  const s = stage(t);
  const exec = `echo '{"type":"publishing"}' >&3; read a <&4; echo '{"type":"step","name":"tapped"}' >&3; while [ ! -e ${s.stateDir}/on ]; do sleep 0.02; done; echo "$REPRISE_JOB_ID" >> "$FIXTURE_POSTS"; echo '{"type":"posted"}' >&3`;
  await killedAt(s, taskOf(s, { kind: "command", exec, verifyExec: null, silentIs: "failed" }), "step tapped");
  writeFileSync(join(s.stateDir, "on"), "");
  await gone(s);
  const [entry] = await readOutbox(s.stateDir);
  assert.ok(entry?.kind === "end");
  assert.deepEqual([entry.end.said?.type, entry.end.gotGo, s.posted()], ["posted", true, ["job-1"]]);
});

test("killed before the intent, a poster that asks afterwards gets end of file", async (t) => {
  const s = stage(t);
  // silent at first: its opaque intent keeps it alive over the orchestrator's death
  const exec = `trap '' TERM; touch ${s.stateDir}/up; while [ ! -e ${s.stateDir}/on ]; do sleep 0.02; done; ${posterScript} ok`;
  const { child } = await orchestrator(
    s,
    taskOf(s, { kind: "command", exec, verifyExec: null, silentIs: "unconfirmed" }),
  );
  await until(() => existsSync(join(s.stateDir, "up")));
  child.kill("SIGKILL");
  await once(child, "exit");
  writeFileSync(join(s.stateDir, "on"), "");
  await gone(s);
  const [entry] = await readOutbox(s.stateDir);
  assert.ok(entry?.kind === "end");
  assert.deepEqual([s.posted(), entry.end.spoke, entry.end.gotGo], [[], true, false]);
});

test("killed after the end was told but before it was settled: the end lies in the outbox", async (t) => {
  const s = stage(t);
  await killedAt(s, taskOf(s, command("ok")), "end {");
  await gone(s);
  const [entry] = await readOutbox(s.stateDir);
  assert.equal(entry?.kind === "end" && entry.end.said?.type, "posted");
  assert.equal(entry?.kind === "end" && entry.job, "job-1");
});

test("a damaged outbox file is named and left alone", async (t) => {
  const s = stage(t);
  await killedAt(s, taskOf(s, command("ok")), "end {");
  await gone(s);
  const [entry] = await readOutbox(s.stateDir);
  assert.ok(entry);
  writeFileSync(entry.file, readFileSync(entry.file, "utf8").slice(0, 40));
  const [damaged] = await readOutbox(s.stateDir);
  assert.deepEqual([damaged?.kind, damaged?.file], ["damaged", entry.file]);
});
