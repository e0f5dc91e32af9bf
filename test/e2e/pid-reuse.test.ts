// The number of a process that died is a stranger's by now: nobody takes the stranger for it (3-semantics 3.7, 3.8).
// Each scene plays in a namespace of its own, where the kernel can be told which number comes next.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { has, isAlive, jobs, kill, once, until, World } from "./world.ts";

const LAST_PID = "/proc/sys/kernel/ns_last_pid";
const SCENE = "REPRISE_TEST_SCENE";
const AS_ROOT = process.getuid?.() === 0 ? [] : ["--map-root-user"];
const UNSHARE = ["unshare", ...AS_ROOT, "--pid", "--fork", "--kill-child", "--mount-proc", "--"];
const LONGEST_MS = 150_000;
/** The first process there takes in orphans, which a shell does and Node does not. */
const SHELL = ["sh", "-c", '"$0" "$@"; exit $?'];

const SCENES: Record<string, (t: TestContext) => Promise<void>> = {
  "killed with all its processes, and each number taken: the next start goes on and lets the strangers live": (t) =>
    afterDeath(t, async (w) => {
      has(await w.status(), { state: "idle" });
      has((await w.again()).final, { success: 2 });
    }),

  "sweep ends no stranger, and settles what the dead left": (t) =>
    afterDeath(t, async (w) => {
      await w.run(["sweep", "--yes"]);
      has(await w.status(), { claimed: 0, unconfirmed: 1, pending: 1 });
      has((await w.again()).final, { success: 2 });
    }),

  "stop and stop --now find nothing to stop": (t) =>
    afterDeath(t, async (w) => {
      for (const how of [["stop"], ["stop", "--now"]]) await w.run([...how, "--yes"]);
      has((await w.again()).final, { success: 2 });
    }),

  "a poster that is to be killed with its worker is a stranger by now: it lives": async (t) => {
    const w = new World(t, jobs(1), { j1: ["publish + post + hang"] });
    const run = w.starts("--workers", "1");
    await until("j1 to be posted", () => w.posts().length === 1);
    run.signal("SIGSTOP");
    const others = w.census().filter(({ pid }) => pid !== run.pid);
    for (const { pid } of others) kill(pid, "SIGKILL");
    const posters = others.filter(({ command }) => !command.includes("worker-main")); // a shell, and what it runs
    const strangers = await strangersAt(
      t,
      posters.map(({ pid }) => pid),
    );
    run.signal("SIGCONT");
    has((await run.end).final, { success: 1 });
    once(w, ["j1"]);
    live(strangers);
  },
};

/** One post made and not reported, one poster before its tap; all of them die, and strangers take their numbers. */
async function afterDeath(t: TestContext, then: (w: World) => Promise<void>): Promise<void> {
  const w = new World(t, jobs(2), { j1: ["publish + post + hang"], j2: ["step one + at there + hang", "ok"] });
  const run = w.starts();
  await Promise.all([until("j1 to be posted", () => w.posts().length === 1), w.reached("there")]);
  await run.event("attempt.step", (e) => e.job === "j2");
  const dead = w.census().map(({ pid }) => pid);
  assert.ok(dead.length >= 5, `an orchestrator, two workers, two posters: ${dead.length}`);
  for (const pid of dead) kill(pid, "SIGKILL");
  await run.killHard();
  const strangers = await strangersAt(t, dead);
  await then(w);
  once(w, ["j1", "j2"]);
  live(strangers);
}

function live(strangers: readonly ChildProcess[]): void {
  assert.ok(strangers.length > 0);
  for (const { pid } of strangers) assert.ok(isAlive(pid ?? 0), `stranger ${pid} lives`);
}

async function strangersAt(t: TestContext, pids: readonly number[]): Promise<ChildProcess[]> {
  const strangers: ChildProcess[] = [];
  for (const pid of pids) strangers.push(await strangerAt(t, pid));
  return strangers;
}

/** A process that has this very number, none of ours. */
async function strangerAt(t: TestContext, pid: number): Promise<ChildProcess> {
  await until(`${pid} to be free`, () => !existsSync(`/proc/${pid}`));
  for (let tries = 0; tries < 100; tries++) {
    writeFileSync(LAST_PID, String(pid - 1));
    const stranger = spawn("sleep", ["600"], { stdio: "ignore" });
    t.after(() => stranger.kill("SIGKILL"));
    if (stranger.pid === pid) return stranger;
    stranger.kill("SIGKILL"); // somebody else's was first
  }
  throw new Error(`${pid} is not to be had`);
}

function inNamespace(name: string): void {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const [program = "", ...args] = [...UNSHARE, ...SHELL, process.execPath, fileURLToPath(import.meta.url)];
  const played = spawnSync(program, args, { env: { ...env, [SCENE]: name }, encoding: "utf8", timeout: LONGEST_MS });
  assert.equal(played.status, 0, `${played.stdout}${played.stderr}`);
}

/** `false`: it can. */
function cannotUnshare(): string | false {
  const [program = "", ...args] = [...UNSHARE, ...SHELL, "sh", "-c", `echo 100 > ${LAST_PID}`];
  return spawnSync(program, args).status === 0 ? false : "no namespace of processes is to be had here";
}

const scene = process.env[SCENE];
if (scene === undefined) {
  const skip = cannotUnshare();
  for (const name of Object.keys(SCENES)) test(name, { skip }, () => inNamespace(name));
} else test(scene, SCENES[scene]);
