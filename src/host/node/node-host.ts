import { hostname } from "node:os";
import { type Instant, instant } from "../../core/ids.ts";
import {
  type Clock,
  type Host,
  MARK_VARIABLE,
  type MarkedProcess,
  type Processes,
  type ProcessId,
  type Timers,
} from "../host.ts";
import { allPids, bootId, isLiving, readCommand, readStat, readVariable } from "./proc.ts";

/** The real machine (Linux: identity of processes is read from /proc). */
export const nodeHost = (): Host => ({ clock: nodeClock, processes: nodeProcesses, timers: nodeTimers });

/** A sleeper looks at the clock this often: a jump forward is noticed so late at most; one backward never ends a sleep early. */
const LOOK_AT_CLOCK_MS = 1000;

/** A clock that is set on by more than this in one go counts as set; less is a clock being kept right. */
const SET_FORWARD_MS = 2_000;

/** Compares the clock on the wall with one that nobody can set, whenever it is read. A machine that slept counts as set forward. */
export function steadyClock(wall: () => number, steady: () => number): Pick<Clock, "now" | "steadySince"> {
  let ahead = wall() - steady();
  let since = instant(0);
  const now = () => {
    const at = instant(wall());
    const nowAhead = at - steady();
    if (nowAhead - ahead > SET_FORWARD_MS) since = at;
    ahead = nowAhead;
    return at;
  };
  return {
    now,
    steadySince() {
      now();
      return since;
    },
  };
}

export const nodeClock: Clock = {
  ...steadyClock(Date.now, () => performance.now()),
  async sleepUntil(until: Instant, stop: AbortSignal): Promise<void> {
    for (let left = until - Date.now(); left > 0 && !stop.aborted; left = until - Date.now()) {
      await pause(Math.min(left, LOOK_AT_CLOCK_MS), stop);
    }
  },
};

export const nodeTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  every(ms, run) {
    const timer = setInterval(run, ms);
    return () => clearInterval(timer);
  },
};

/** Resolves after `ms`, or in the same turn in which `stop` fires. */
function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stop.addEventListener("abort", end, { once: true });
  });
}

export const nodeProcesses: Processes = {
  self: () => identify(process.pid) ?? { pid: process.pid, startTime: "0", bootId: bootId() },
  host: () => hostname(),
  isAlive: (process) => process.bootId === bootId() && isLiving(sameProcess(process)),
  marked: (prefix) => allPids().flatMap((pid) => markedProcess(pid, prefix)),
  kill(target, signal) {
    const stat = target.bootId === bootId() ? sameProcess(target) : null;
    if (!isLiving(stat)) return false;
    return sendSignal(stat.group === stat.pid ? -stat.pid : stat.pid, signal);
  },
};

/** Identity of a living process of this machine; `null`: there is none with this pid. */
export function identify(pid: number): ProcessId | null {
  const stat = readStat(pid);
  return isLiving(stat) ? { pid, startTime: stat.startTime, bootId: bootId() } : null;
}

function sameProcess(target: ProcessId) {
  const stat = readStat(target.pid);
  return stat?.startTime === target.startTime ? stat : null;
}

function markedProcess(pid: number, prefix: string): MarkedProcess[] {
  if (pid === process.pid) return [];
  const mark = readVariable(pid, MARK_VARIABLE);
  if (mark === null || !mark.startsWith(prefix)) return [];
  const id = identify(pid);
  return id === null ? [] : [{ ...id, mark, command: readCommand(pid) }];
}

function sendSignal(pid: number, signal: "SIGTERM" | "SIGKILL"): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // gone between the look and the signal
  }
}
