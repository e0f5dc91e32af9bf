// One `reprise run` through its real command and worker processes, and what its events and /proc say of it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { cpuOf } from "./cpu.ts";
import { BIN, POSTERS, type PosterName } from "./workload.ts";

export type RunAsked = {
  folder: string;
  workers: number;
  poster: PosterName;
  jobFile?: string;
  /** Stops the run in order after so many ends; none: to its result. */
  stopAfter?: number;
  env?: Record<string, string>;
};

/** `startedAt`, `finishedAt`: every attempt's, in ms. */
export type RunSeen = {
  startedAt: number[];
  finishedAt: number[];
  /** When each worker began its first attempt. */
  firstOf: Map<number, number>;
  mostInFlight: number;
  outcomes: Map<string, number>;
  finalResult: string;
  /** From the start of the command to the first attempt. */
  startMs: number;
  /** CPU over `cpuJobs` ends, all workers being up: of orchestrator and workers, and of the posters' processes. */
  ownCpuMs: number;
  posterCpuMs: number;
  cpuJobs: number;
};

type Line = { type: string; ts: string; pid?: number; worker?: number; outcome?: string; final_result?: string };

export async function runReprise(asked: RunAsked): Promise<RunSeen> {
  const began = Date.now();
  const files = asked.jobFile === undefined ? [] : [asked.jobFile];
  const args = [
    "--state-dir",
    asked.folder,
    "run",
    ...files,
    "--exec",
    POSTERS[asked.poster],
    "-w",
    `${asked.workers}`,
  ];
  const child = spawn(process.execPath, [BIN, ...args, "--json", "--yes", "--daily-limit", "1"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...asked.env },
  });
  const exited = once(child, "exit");
  let complaints = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  const watch = new Watch(child.pid ?? 0, began, asked);
  for await (const text of createInterface({ input: child.stdout })) {
    if (watch.hear(JSON.parse(text) as Line)) child.kill("SIGTERM");
  }
  await exited;
  const { seen } = watch;
  if (seen.finalResult === "") throw new Error(`reprise run ended without a result: ${complaints.slice(-500)}`);
  if (seen.mostInFlight > asked.workers)
    throw new Error(`${seen.mostInFlight} attempts in flight with ${asked.workers} workers`);
  const ends = seen.finishedAt.length;
  if (ends < (asked.stopAfter ?? 1)) {
    throw new Error(`reprise run ended as ${seen.finalResult} after ${ends} attempts: ${complaints.slice(-500)}`);
  }
  return seen;
}

class Watch {
  readonly seen: RunSeen;
  readonly #asked: RunAsked;
  readonly #pid: number;
  readonly #began: number;
  readonly #workers: number[] = [];
  #inFlight = 0;
  #before = { ownMs: 0, reapedMs: 0, ends: 0 };

  constructor(pid: number, began: number, asked: RunAsked) {
    this.#pid = pid;
    this.#began = began;
    this.#asked = asked;
    this.seen = {
      startedAt: [],
      finishedAt: [],
      firstOf: new Map(),
      mostInFlight: 0,
      outcomes: new Map(),
      finalResult: "",
      startMs: 0,
      ownCpuMs: 0,
      posterCpuMs: 0,
      cpuJobs: 0,
    };
  }

  /** @returns whether the run has done what was asked of it and is to stop */
  hear(line: Line): boolean {
    const { seen } = this;
    const at = Date.parse(line.ts);
    if (line.type === "worker.started" && line.pid !== undefined) this.#workers.push(line.pid);
    if (line.type === "attempt.started") this.#started(at, line.worker ?? 0);
    if (line.type === "run.finished") seen.finalResult = line.final_result ?? "";
    if (line.type !== "attempt.finished") return false;
    this.#inFlight--;
    seen.finishedAt.push(at);
    seen.outcomes.set(line.outcome ?? "", (seen.outcomes.get(line.outcome ?? "") ?? 0) + 1);
    // /proc is read now and then only: at the end the workers are gone before we could ask
    if (seen.finishedAt.length % 50 === 0) this.#readCpu();
    return seen.finishedAt.length === this.#asked.stopAfter;
  }

  #started(at: number, worker: number): void {
    const { seen } = this;
    seen.startedAt.push(at);
    seen.mostInFlight = Math.max(seen.mostInFlight, ++this.#inFlight);
    if (seen.firstOf.has(worker)) return;
    seen.firstOf.set(worker, at);
    if (seen.firstOf.size === 1) seen.startMs = at - this.#began;
    if (seen.firstOf.size === this.#asked.workers) this.#before = { ...this.#total(), ends: seen.finishedAt.length };
  }

  #readCpu(): void {
    if (this.seen.firstOf.size < this.#asked.workers) return;
    const { ownMs, reapedMs } = this.#total();
    this.seen.cpuJobs = this.seen.finishedAt.length - this.#before.ends;
    this.seen.ownCpuMs = ownMs - this.#before.ownMs;
    this.seen.posterCpuMs = reapedMs - this.#before.reapedMs;
  }

  #total(): { ownMs: number; reapedMs: number } {
    const own = cpuOf(this.#pid)?.ownMs ?? 0;
    const workers = this.#workers.map((pid) => cpuOf(pid) ?? { ownMs: 0, reapedMs: 0 });
    const sum = (of: "ownMs" | "reapedMs") => workers.reduce((total, w) => total + w[of], 0);
    return { ownMs: own + sum("ownMs"), reapedMs: sum("reapedMs") };
  }
}

/** Ends after all workers had begun: without the start-up of their processes. */
export function steadyEnds({ firstOf, finishedAt }: RunSeen): { ends: number; ms: number } {
  const from = Math.max(...firstOf.values());
  const ends = finishedAt.filter((at) => at >= from);
  return { ends: ends.length, ms: (finishedAt.at(-1) ?? from) - from };
}
