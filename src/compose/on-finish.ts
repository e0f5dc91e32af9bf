// `--on-finish CMD`: the operator's own command after a run. Whatever it does, the run's result stands.
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { StopSource } from "../cli/stop-source.ts";
import { allPids, isLiving, readStat } from "../host/node/proc.ts";

export type Finish = {
  command: string;
  /** On its standard input: the `run.finished` line, or an `error` line where a run broke off. */
  line: object & { run: string; exit_code: number; final_result?: string };
  stateDir: string;
  campaign: string;
  /** A stop that comes while it runs ends it. */
  stop: StopSource;
  limitMs?: number;
};

const LIMIT_MS = 60_000;
const GRACE_MS = 2_000;
const LOOK_EVERY_MS = 25;

/**
 * Runs the command in a process group of its own and waits until nothing of the group is left, at most for the limit.
 * What it prints goes to stderr.
 *
 * @returns what went wrong in one line; `null` = nothing
 */
export async function runOnFinish(finish: Finish): Promise<string | null> {
  const child = spawned(finish);
  if (child instanceof Error || child.pid === undefined) return `could not be started: ${await reasonOf(child)}`;
  const { pid } = child;
  const killNow = () => void signalGroup(pid, "SIGKILL");
  process.once("exit", killNow);
  try {
    return await watch(child, pid, finish);
  } finally {
    process.removeListener("exit", killNow);
  }
}

function spawned(finish: Finish): ChildProcess | Error {
  try {
    const child = spawn("/bin/sh", ["-c", finish.command], {
      detached: true,
      env: environment(finish),
      stdio: ["pipe", 2, 2],
    });
    child.on("error", () => {}); // asked for where it matters
    child.stdin?.on("error", () => {}); // EPIPE: it does not care
    child.stdin?.end(`${JSON.stringify(finish.line)}\n`);
    return child;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function reasonOf(child: ChildProcess | Error): Promise<string> {
  if (child instanceof Error) return Promise.resolve(child.message);
  return new Promise((resolve) => child.once("error", (error) => resolve(error.message)));
}

/** Ours, so that `reprise ...` in it means this campaign; less what would run it again. */
function environment({ line, stateDir, campaign }: Finish): NodeJS.ProcessEnv {
  const { REPRISE_ON_FINISH: _again, ...env } = process.env;
  const binDir = fileURLToPath(new URL("../../bin/path", import.meta.url));
  return {
    ...env,
    PATH: `${env.PATH ?? "/usr/local/bin:/usr/bin:/bin"}:${binDir}`,
    REPRISE_STATE_DIR: stateDir,
    REPRISE_CAMPAIGN: campaign,
    REPRISE_RUN: line.run,
    REPRISE_FINAL_RESULT: line.final_result ?? "error",
    REPRISE_EXIT_CODE: String(line.exit_code),
  };
}

async function watch(child: ChildProcess, pid: number, { stop, limitMs = LIMIT_MS }: Finish): Promise<string | null> {
  const cut = cutBy(stop);
  const ended = new Promise<string | null>((resolve) => {
    child.once("exit", (code, signal) => {
      if (signal !== null) resolve(`was ended by ${signal}`);
      else resolve(code === 0 ? null : `exit code ${code}`);
    });
  });
  // its background processes count too: an orderly end leaves none
  const isLeft = () => (child.exitCode === null && child.signalCode === null) || isGroupLiving(pid);
  const end = Date.now() + limitMs;
  while (isLeft() && Date.now() < end && !cut.isAsked()) await sleep(LOOK_EVERY_MS);
  if (!isLeft()) return ended;
  await endGroup(pid);
  return cut.isAsked() ? "was ended by a stop" : `still ran after ${limitMs / 1000} s and was ended`;
}

/** Only a stop that comes from now on: earlier ones stopped the run. */
function cutBy(stop: StopSource): { isAsked(): boolean } {
  let isListening = false;
  let isAsked = false;
  stop.onStop(() => {
    isAsked ||= isListening;
  });
  isListening = true;
  return { isAsked: () => isAsked };
}

async function endGroup(pid: number): Promise<void> {
  signalGroup(pid, "SIGTERM");
  const end = Date.now() + GRACE_MS;
  while (isGroupLiving(pid) && Date.now() < end) await sleep(LOOK_EVERY_MS);
  signalGroup(pid, "SIGKILL");
}

/** Zombies that nobody reaps, as in a container without an init, do not count. */
function isGroupLiving(group: number): boolean {
  if (!signalGroup(group, 0)) return false;
  return allPids().some((pid) => {
    const stat = readStat(pid);
    return stat?.group === group && isLiving(stat);
  });
}

/** `false`: nobody is left in the group. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
