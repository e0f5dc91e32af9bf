import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { jobId, millis } from "../../core/ids.ts";
import type { PosterEnd, PosterExit } from "../../core/poster-end.ts";
import { aTask, hooksOf, posterContract, tempFolder } from "../posters.contract.ts";
import type { PosterTask } from "../posters.ts";
import { createCommandPoster } from "./command-poster.ts";

const fixture = fileURLToPath(new URL("../../../test/fixtures/poster.sh", import.meta.url));
const never = new AbortController().signal;
const GO = { go: true } as const;

type Extra = { env?: NodeJS.ProcessEnv; secrets?: string[]; verifyExec?: string | null };
const poster = (exec: string, { env = {}, secrets = [], verifyExec = "same" }: Extra = {}) =>
  createCommandPoster({ exec, verifyExec, secrets, env: { ...process.env, ...env }, binDir: "/nowhere/bin" });

const linesOf = (file: string) => (existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : []);

posterContract("command", async (act, folder) => {
  const file = join(folder, "posts");
  return { poster: poster(`${fixture} ${act}`, { env: { FIXTURE_POSTS: file } }), posts: () => linesOf(file) };
});

/** Runs one attempt of a shell text in a folder of its own. */
async function post(t: TestContext, exec: string, more: Extra & { task?: Partial<PosterTask> } = {}) {
  const task = { ...aTask(tempFolder(t)), ...more.task };
  const hooks = hooksOf(GO);
  return { end: await poster(exec, more).post(task, hooks, never), hooks, folder: task.evidenceDir };
}

const isLiving = (pid: number) => {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};
async function until(what: () => boolean) {
  const end = Date.now() + 5000;
  while (!what()) {
    assert.ok(Date.now() < end, "waited too long");
    await new Promise((r) => setTimeout(r, 5));
  }
}
const pidIn = async (file: string) => {
  await until(() => existsSync(file) && readFileSync(file, "utf8").endsWith("\n"));
  return Number(readFileSync(file, "utf8"));
};

const exits: [why: string, exec: string, want: PosterExit][] = [
  ["its exit code is told", "exit 77", { kind: "code", code: 77 }],
  ["a command that isn't there is 127", "/nowhere/poster 2>/dev/null", { kind: "code", code: 127 }],
  ["a signal is told by name", "kill -KILL $$", { kind: "signal", signal: "SIGKILL" }],
  ["128+N is a signal too", "exit 143", { kind: "signal", signal: "SIGTERM" }],
  ["255 is no signal", "exit 255", { kind: "code", code: 255 }],
];
for (const [why, exec, want] of exits) {
  test(`a command's end: ${why}`, async (t) => {
    assert.deepEqual((await post(t, exec)).end.exit, want);
  });
}

test("a command that can't be started is told with its errno", async (t) => {
  const env = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`BIG_${i}`, "x".repeat(100_000)]));
  const { end } = await post(t, "true", { env });
  assert.equal(end.exit.kind === "not_started" && end.exit.errno, "E2BIG");
});

test("posted wins over what is said after it, and over a bad exit", async (t) => {
  const say = `echo '{"type":"posted","url":"u"}' >&3; echo '{"type":"not_posted","message":"no"}' >&3; exit 9`;
  const { end } = await post(t, say);
  assert.deepEqual(
    [end.said, end.exit],
    [
      { type: "posted", url: "u" },
      { kind: "code", code: 9 },
    ],
  );
});

test("not_posted carries category, cause and times in seconds or as text", async (t) => {
  const event = {
    type: "not_posted",
    category: "account",
    cause: "blocked",
    message: "m",
    retry_after: 90,
    cooldown: "24h",
  };
  const { end } = await post(t, `echo '${JSON.stringify(event)}' >&3`);
  assert.deepEqual(end.said, {
    type: "not_posted",
    category: "account",
    cause: "blocked",
    message: "m",
    retryAfterMs: 90_000,
    cooldownMs: 86_400_000,
  });
});

test("a line that is no event is ignored and does not count as speaking", async (t) => {
  const { end, hooks } = await post(
    t,
    `echo hello >&3; echo '{"type":"posted","url":5}' >&3; echo '{"type":"dance"}' >&3`,
  );
  assert.deepEqual([end.spoke, end.said], [false, null]);
  assert.equal(hooks.heard.filter((h) => h.startsWith("log not an event")).length, 3);
});

test("a line of more than 1 MB is dropped, the next one is heard", async (t) => {
  const { end } = await post(t, `head -c 1500000 /dev/zero | tr '\\0' x >&3; printf '\\n{"type":"posted"}' >&3`);
  assert.deepEqual(end.said, { type: "posted", url: null });
});

test("publishing asked twice asks its owner once and answers twice", async (t) => {
  const ask = `echo '{"type":"publishing","baseline":{"id":7}}' >&3; read a <&4; echo "$a" >&2;`;
  const { end, hooks } = await post(t, ask + ask);
  assert.equal(end.stderrTail, '{"type":"go"}\n{"type":"go"}\n');
  assert.equal(hooks.heard.filter((h) => h === "publishing").length, 1);
  assert.equal(await hooks.asked, '{"id":7}');
});

test("an intent asked for with the last breath is answered before the end is told, and is no go", async (t) => {
  const task = aTask(tempFolder(t));
  const hooks = hooksOf();
  let end: PosterEnd | null = null;
  const running = poster(`echo '{"type":"publishing"}' >&3; exit 1`).post(task, hooks, never);
  void running.then((e) => {
    end = e;
  });
  await hooks.asked;
  await new Promise((r) => setTimeout(r, 50)); // the process is gone by now
  assert.equal(end, null);
  hooks.answer(GO);
  assert.equal((await running).gotGo, false);
});

test("the caption reaches stdin and environment byte for byte", async (t) => {
  const piece = `"quotes" 'single' \\ back\n\nlines\t$HOME \`x\` ünï 🎉 `;
  const caption = piece.repeat(Math.floor(120_000 / Buffer.byteLength(piece)));
  const folder = tempFolder(t);
  const task = { ...aTask(folder), job: { ...aTask(folder).job, caption } };
  await poster(`cat > ${folder}/in; printf %s "$REPRISE_CAPTION" > ${folder}/env`).post(task, hooksOf(GO), never);
  assert.equal(readFileSync(join(folder, "env"), "utf8"), caption);
  const line = readFileSync(join(folder, "in"), "utf8");
  assert.equal(line.indexOf("\n"), line.length - 1);
  const input = JSON.parse(line) as { job: { caption: string; id: string }; device: { serial: string } };
  assert.deepEqual([input.job.caption, input.job.id, input.device.serial], [caption, "job-1", "phone-1"]);
});

test("a caption too long for the environment comes on stdin alone", async (t) => {
  const folder = tempFolder(t);
  const task = { ...aTask(folder), job: { ...aTask(folder).job, caption: "c".repeat(200_000) } };
  const end = await poster(`cat > ${folder}/in; exit \${REPRISE_CAPTION+3}`).post(task, hooksOf(GO), never);
  assert.deepEqual(end.exit, { kind: "code", code: 0 });
  assert.equal(
    (JSON.parse(readFileSync(join(folder, "in"), "utf8")) as { job: { caption: string } }).job.caption.length,
    200_000,
  );
});

test("no job field is ever read as part of the command", async (t) => {
  const folder = tempFolder(t);
  const id = jobId(`$(touch ${folder}/owned); touch ${folder}/owned`);
  const task = { ...aTask(folder), job: { ...aTask(folder).job, id } };
  await poster('echo "$REPRISE_JOB_ID"').post(task, hooksOf(GO), never);
  assert.ok(!existsSync(join(folder, "owned")));
});

test("a poster gets the words of its task, our commands, and no secrets", async (t) => {
  const env = { API_KEY: "hunter2hunter2", OTHER: "kept", REPRISE_BASELINE: "stale", REPRISE_MARK: "m/1" };
  const { folder } = await post(t, 'env > "$REPRISE_EVIDENCE_DIR/env"', { env, secrets: ["API_KEY"] });
  const got = new Map(
    linesOf(join(folder, "env")).map((l) => [l.slice(0, l.indexOf("=")), l.slice(l.indexOf("=") + 1)]),
  );
  assert.deepEqual(
    ["ACTION", "JOB_ID", "ACCOUNT", "PASS", "WORKER", "DEVICE", "EVENTS_FD", "GO_FD", "BASELINE", "MARK"].map((n) =>
      got.get(`REPRISE_${n}`),
    ),
    [
      "post",
      "job-1",
      "anna",
      "2",
      "3",
      '{"id":"phone-1","serial":"phone-1","adb_port":5137,"system_port":17200}',
      "3",
      "4",
      undefined,
      "m/1",
    ],
  );
  assert.deepEqual([got.get("API_KEY"), got.get("OTHER")], [undefined, "kept"]);
  assert.match(got.get("PATH") ?? "", /:\/nowhere\/bin$/);
});

test("what it prints is kept without secrets, however the pieces fall", async (t) => {
  const env = { KEY: "s3cret-value" };
  const noisy = "printf 'a s3cr'; sleep 0.05; printf 'et-value b'; printf 'err s3cret-value' >&2";
  const { end, folder } = await post(t, noisy, { env, secrets: ["KEY"] });
  assert.deepEqual(end.evidence, [join(folder, "output.log")]);
  const log = readFileSync(join(folder, "output.log"), "utf8");
  assert.ok(log.includes("a [redacted] b") || log.includes("a ["), log);
  assert.ok(!log.includes("s3cret-value") && !end.stderrTail.includes("s3cret-value"));
  assert.equal(end.stderrTail, "err [redacted]");
});

test("of much output 10 MB are kept, of stderr its last 8 kB for the judgement", async (t) => {
  const { end, folder } = await post(t, "head -c 12000000 /dev/zero | tr '\\0' x; seq 1 5000 >&2; exit 1");
  assert.ok(readFileSync(join(folder, "output.log")).length <= 10 * 1024 * 1024);
  assert.ok(end.stderrTail.length <= 8192 && end.stderrTail.endsWith("4999\n5000\n"));
});

test("a poster that prints nothing leaves nothing", async (t) => {
  const { end, folder } = await post(t, "true");
  assert.deepEqual([end.evidence, linesOf(join(folder, "output.log"))], [[], []]);
});

test("evidence it names is told, relative to its folder", async (t) => {
  const { end, folder } = await post(t, `echo '{"type":"evidence","path":"shot.png"}' >&3`);
  assert.deepEqual(end.evidence, [join(folder, "shot.png")]);
});

test("a server it leaves behind holds neither the end up nor its last word back", async (t) => {
  const folder = tempFolder(t);
  const exec = `sh -c 'echo $$ > ${folder}/pid; exec sleep 300' & echo '{"type":"posted","url":"late"}' >&3; exit 0`;
  const began = performance.now();
  const end = await poster(exec).post(aTask(folder), hooksOf(GO), never);
  assert.ok(performance.now() - began < 20_000);
  assert.deepEqual(end.said, { type: "posted", url: "late" });
  const pid = await pidIn(join(folder, "pid"));
  assert.ok(isLiving(pid), "a server is not killed by a good end");
  process.kill(pid, "SIGKILL");
});

test("a neighbour that never stops writing does not hold the end up", async (t) => {
  const folder = tempFolder(t);
  const exec = `yes & echo $! > ${folder}/pid; sleep 0.05; echo '{"type":"posted"}' >&3`;
  const end = await poster(exec).post(aTask(folder), hooksOf(GO), never);
  assert.equal(end.said?.type, "posted");
  const pid = await pidIn(join(folder, "pid"));
  await until(() => !isLiving(pid)); // its pipe is closed
});

test("100 kB of events written right before the exit are all heard", async (t) => {
  const steps = `for i in $(seq 1 900); do echo '{"type":"step","name":"${"s".repeat(90)}"}'; done >&3`;
  const { end, hooks } = await post(t, `${steps}; echo '{"type":"posted"}' >&3`);
  assert.equal(hooks.heard.filter((h) => h.startsWith("step")).length, 900);
  assert.equal(end.said?.type, "posted");
});

for (const [who, leader, child] of [
  ["a group", "", ""],
  ["a group that ignores SIGTERM", "trap '' TERM;", ""],
  ["a group whose children ignore SIGTERM", "", 'trap "" TERM;'],
] as const) {
  test(`a time-out leaves nothing of ${who}, grandchildren included`, async (t) => {
    const folder = tempFolder(t);
    const exec = `${leader} sh -c '${child} sleep 300 & echo $! > ${folder}/pid; wait' & wait; sleep 300`;
    const over = new AbortController();
    const running = poster(exec).post(aTask(folder), hooksOf(GO), over.signal);
    const grandchild = await pidIn(join(folder, "pid"));
    over.abort({ kind: "timed_out", afterMs: millis(1) } satisfies PosterExit);
    assert.equal((await running).exit.kind, "timed_out");
    await until(() => !isLiving(grandchild));
  });
}

test("the last word before the exit is heard when many posters end at once", async (t) => {
  const task = aTask(tempFolder(t));
  const one = poster(`echo '{"type":"posted"}' >&3`);
  for (let round = 0; round < 3; round++) {
    const ends = await Promise.all(Array.from({ length: 40 }, () => one.post(task, hooksOf(GO), never)));
    assert.equal(ends.filter((end) => end.said?.type === "posted").length, 40);
  }
});

test("exit 0 on being ended is no proof of a post", async (t) => {
  const folder = tempFolder(t);
  const over = new AbortController();
  const exec = `trap 'exit 0' TERM; echo 1 > ${folder}/pid; while :; do sleep 0.01; done`;
  const running = poster(exec).post(aTask(folder), hooksOf(GO), over.signal);
  await pidIn(join(folder, "pid"));
  over.abort({ kind: "cancelled" } satisfies PosterExit);
  assert.deepEqual((await running).exit, { kind: "cancelled" });
});

const looks: [why: string, exec: string, want: string][] = [
  ["an upload seen pending", `echo '{"type":"verified","posted":false,"pending":true}' >&3`, "pending_upload"],
  ["no answer", "true", "cannot_tell"],
  ["an answer with a bad exit", `echo '{"type":"verified","posted":false}' >&3; exit 1`, "cannot_tell"],
  [
    "a script that would post",
    `echo '{"type":"publishing"}' >&3; read a <&4 || echo '{"type":"verified","posted":false}' >&3`,
    "cannot_tell",
  ],
  [
    "the baseline of the intent",
    `[ "$REPRISE_BASELINE" = b7 ] && echo '{"type":"verified","posted":true}' >&3`,
    "posted",
  ],
];
for (const [why, exec, want] of looks) {
  test(`a look: ${why} -> ${want}`, async (t) => {
    const task = { ...aTask(tempFolder(t)), baseline: "b7" };
    const hooks = hooksOf(GO);
    assert.equal(await poster("exit 1", { verifyExec: exec }).look(task, hooks, never), want);
    assert.ok(!hooks.heard.includes("publishing"));
  });
}

test("a poster without a verify command can't tell, and nothing is started", async (t) => {
  const hooks = hooksOf(GO);
  assert.equal(await poster("true", { verifyExec: null }).look(aTask(tempFolder(t)), hooks, never), "cannot_tell");
  assert.deepEqual(hooks.heard, []);
});

test("`reprise emit` works for a poster in a checkout", async (t) => {
  const binDir = fileURLToPath(new URL("../../../bin/path", import.meta.url));
  const exec = "reprise emit step opening && reprise ask-publish && reprise emit posted --url u";
  const env = { PATH: "/usr/bin:/bin" };
  const made = createCommandPoster({ exec, verifyExec: null, secrets: [], env, binDir });
  const end = await made.post(aTask(tempFolder(t)), hooksOf(GO), never);
  assert.deepEqual([end.stderrTail, end.gotGo, end.said], ["", true, { type: "posted", url: "u" }]);
});

test("a check runs the command with its action and account, and its end is told as it is", async (t) => {
  const folder = tempFolder(t);
  const exec = `echo "$REPRISE_ACTION $REPRISE_ACCOUNT" >"$REPRISE_EVIDENCE_DIR/asked"; exit 77`;
  const end = await poster(exec).check(aTask(folder), hooksOf(GO), never);
  assert.deepEqual(linesOf(join(folder, "asked")), ["check anna"]);
  assert.deepEqual(end?.exit, { kind: "code", code: 77 });
});

test("a poster that goes about posting in a check gets no go, and that it asked is told", async (t) => {
  const exec = `echo '{"type":"publishing"}' >&3; read -r go <&4 && exit 9; exit 0`;
  const hooks = hooksOf({ go: false, reason: "verifying" });
  const end = await poster(exec).check(aTask(tempFolder(t)), hooks, never);
  assert.deepEqual([end?.noGo, end?.gotGo, end?.exit], ["verifying", false, { kind: "code", code: 0 }]);
});
