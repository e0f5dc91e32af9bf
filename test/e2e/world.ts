// A world of its own for each test: a folder with jobs, media and a scripted poster, the real command, and a census of what it
// leaves behind. Nothing here waits for luck: tests wait for events, for marks of the poster, or for the end of a process.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { EventLine, RunFinished } from "../../src/core/events.ts";
import { inspectLedger } from "../../src/ledger/sqlite/inspect.ts";
import { box, tinyMp4 } from "../../src/media/tiny-mp4.fixture.ts";

const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const BIN = fromHere("../../bin/reprise.mjs");
export const EXEC = `"${process.execPath}" "${fromHere("../fixtures/scripted-poster.mjs")}"`;
const MARK = "REPRISE_TEST_WORLD";
/** Longest wait for anything; reached only when something is broken. */
const PATIENCE_MS = 120_000;
/** Longest time for one command. */
const LONGEST_MS = 180_000;

/** One script an attempt; see test/fixtures/scripted-poster.mjs. */
export type Plan = Record<string, string[]>;
export type JobRow = { id?: string; account?: string; media?: string; [field: string]: unknown };
/** What the poster noted. */
export type Note = {
  t: number;
  pid: number;
  job: string;
  account: string;
  attempt: string;
  pass: number;
  worker: number;
  at?: string;
  name?: string;
  value?: string | null;
  baseline?: string | null;
};
type NoteFile = "tries" | "posts" | "looks" | "ends" | "marks" | "refused" | "env";

export type Ended = {
  code: number | null;
  signal: string | null;
  out: string;
  err: string;
  events: EventLine[];
  /** The last line, if it is `run.finished`. */
  final: RunFinished;
  tookMs: number;
};
/** `longestMs`: until it is taken for hung. `under`: a program, with its flags, that starts the command. */
export type More = {
  env?: Record<string, string>;
  cwd?: string;
  longestMs?: number;
  under?: readonly string[];
};

/** `n` jobs j1, j2, ... each of an account of its own. */
export const jobs = (n: number, more: (i: number) => JobRow = () => ({})): JobRow[] =>
  Array.from({ length: n }, (_, i) => ({ id: `j${i + 1}`, account: `acct${i + 1}`, ...more(i + 1) }));

/** Two workers, no delay, no settling time, a poster that can look. */
export const QUICK = "--retry-delay 0 --settle 0 --workers 2 --verify-exec same".split(" ");

export class World {
  readonly dir: string;
  /** Set by a test that damages its ledger; any other leaves one that the doctor finds nothing at. */
  isDamaged = false;
  readonly #running = new Set<Running>();

  constructor(t: TestContext, rows: readonly JobRow[], plan: Plan = {}) {
    this.dir = mkdtempSync(join(tmpdir(), "reprise-e2e-"));
    t.after(() => this.#end());
    this.plan(plan);
    this.jobFile("jobs.jsonl", rows);
  }

  plan(plan: Plan): void {
    this.write("plan.json", JSON.stringify(plan));
  }

  write(name: string, content: string | Buffer): void {
    writeFileSync(join(this.dir, name), content);
  }

  /** A job file; media that no row names are made, each with content of its own. */
  jobFile(name: string, rows: readonly JobRow[]): void {
    const lines = rows.map((row) => {
      const media = row.media ?? `${row.id}.mp4`;
      if (row.media === undefined)
        this.write(media, Buffer.concat([tinyMp4(), box("free", Buffer.from(String(row.id)))]));
      return JSON.stringify({ caption: `about ${row.id}`, ...row, media });
    });
    this.write(name, `${lines.join("\n")}\n`);
  }

  // --- running -------------------------------------------------------------------------------------------------------

  /** `reprise run jobs.jsonl --json ...` with the scripted poster, to its end. */
  go(...args: string[]): Promise<Ended> {
    return this.starts(...args).end;
  }
  /** The same, not waited for. */
  starts(...args: string[]): Running {
    return this.start(["run", "jobs.jsonl", "--json", "--exec", EXEC, ...QUICK, ...args]);
  }
  /** Goes on with the campaign; takes no file in. */
  again(...args: string[]): Promise<Ended> {
    return this.run(["run", "--json", "--exec", EXEC, ...QUICK, ...args]);
  }

  run(args: readonly string[], more: More = {}): Promise<Ended> {
    return this.start(args, more).end;
  }

  start(args: readonly string[], { env = {}, cwd = this.dir, longestMs = LONGEST_MS, under = [] }: More = {}): Running {
    const base = { PATH: process.env.PATH, HOME: this.dir, TZ: "UTC", LANG: "C.UTF-8", [MARK]: this.dir };
    const [program = process.execPath, ...rest] = [...under, process.execPath, BIN, ...args];
    const child = spawn(program, rest, {
      cwd,
      env: { ...base, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const running = new Running(child, args, longestMs);
    this.#running.add(running);
    return running;
  }

  /** Another program of this world: it belongs to its census and ends with it. */
  startRaw([program = "", ...args]: readonly string[], env: Record<string, string> = {}): ChildProcess {
    const base = { PATH: process.env.PATH, HOME: this.dir, TZ: "UTC", LANG: "C.UTF-8", [MARK]: this.dir };
    return spawn(program, args, { cwd: this.dir, env: { ...base, ...env }, stdio: "ignore" });
  }

  /** The one line of a command with --json. */
  async ask(...args: string[]): Promise<Record<string, unknown>> {
    const { out, err, code } = await this.run([...args, "--json"]);
    assert.equal(out.trim().split("\n").length, 1, `${args.join(" ")}: exit ${code}: ${out}${err}`);
    return JSON.parse(out);
  }
  status(): Promise<Record<string, unknown>> {
    return this.ask("status");
  }

  // --- what the poster did ---------------------------------------------------------------------------------------------

  notes(file: NoteFile): Note[] {
    const path = join(this.dir, `${file}.jsonl`);
    if (!existsSync(path)) return [];
    const whole = readFileSync(path, "utf8").split("\n").slice(0, -1);
    return whole.map((line) => JSON.parse(line) as Note);
  }
  /** Ids of posted jobs, in the order of posting: one entry a post. */
  posts(): string[] {
    return this.notes("posts").map((p) => p.job);
  }
  tries(job?: string): Note[] {
    return this.notes("tries").filter((n) => job === undefined || n.job === job);
  }

  /** Waits until a poster stands at this point, and its orchestrator has heard of it: till then it is a silent one's. */
  async reached(at: string, job?: string): Promise<Note> {
    const found = () => this.notes("marks").find((m) => m.at === at && (job === undefined || m.job === job));
    const mark = await until(`a poster at "${at}"`, found);
    const isLook = this.tries().every((n) => n.pid !== mark.pid);
    if (!isLook && !this.#isSilent(mark.job)) await until(`a word of ${mark.attempt}`, () => this.#isHeard(mark));
    return mark;
  }

  #isSilent(job: string): boolean {
    const plan = JSON.parse(readFileSync(join(this.dir, "plan.json"), "utf8")) as Plan;
    return (plan[job] ?? plan["*"] ?? []).some((script) => script.startsWith("silent"));
  }

  /** Or there is nobody who tells. */
  #isHeard({ attempt }: Note): boolean {
    const tellers = [...this.#running].filter((r) => r.tells);
    const isOf = (e: EventLine) =>
      /^attempt\.(step|publishing|finished)$/.test(e.type) && (e as { attempt?: string }).attempt === attempt;
    return tellers.length === 0 || tellers.some((r) => r.events.some(isOf));
  }
  /** Lets posters go on from this point. */
  open(at: string): void {
    this.write(`open-${at}`, "");
  }

  // --- what is left --------------------------------------------------------------------------------------------------------

  /** Living processes that were started in this world: pid and command. */
  census(): { pid: number; command: string }[] {
    return readdirSync("/proc").flatMap((name) => {
      const pid = Number(name);
      if (!Number.isInteger(pid) || !isOf(pid, this.dir)) return [];
      return [{ pid, command: read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim() }];
    });
  }

  #end(): void {
    for (let tries = 0; tries < 50; tries++) {
      const left = this.census();
      if (left.length === 0) break;
      for (const { pid } of left) kill(pid, "SIGKILL");
    }
    const faults = this.isDamaged ? [] : (inspectLedger(join(this.dir, ".reprise/ledger.db"), "all")?.faults ?? []);
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
    assert.deepEqual(faults, [], "what doctor --ledger finds afterwards");
  }
}

export class Running {
  readonly child: ChildProcess;
  readonly end: Promise<Ended>;
  readonly #watchers = new Set<() => void>();
  #out = "";
  #err = "";
  #hasEnded = false;
  readonly #isRun: boolean;

  constructor(child: ChildProcess, args: readonly string[], longestMs = LONGEST_MS) {
    this.child = child;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#out += text;
      this.#tell();
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#err += text;
      this.#tell();
    });
    this.#isRun = args[0] === "run" && args.includes("--json") && !args.includes("--dry-run");
    const began = Date.now();
    this.end = new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        const story = `${this.#out.slice(-3000)}\n${this.#err.slice(-1000)}`;
        reject(new Error(`${args.join(" ")}: no end within ${longestMs} ms\n${story}`));
      }, longestMs);
      child.once("close", (code, signal) => {
        clearTimeout(timer);
        this.#hasEnded = true;
        this.#tell();
        const tookMs = Date.now() - began;
        const ended = { code, signal, out: this.#out, err: this.#err, tookMs, ...eventsOf(this.#out) };
        try {
          const isBug = code === 1 && !ended.err.includes("failpoint"); // an error that a test put there is none
          assert.ok(!isBug, `${args.join(" ")}: a bug of reprise: ${ended.err.slice(-3000)}`);
          if (this.#isRun && signal === null && code !== 1) checkStream(ended);
          resolve(ended);
        } catch (error) {
          reject(error);
        }
      });
    });
    this.end.catch(() => {}); // a test that kills it need not look
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }
  /** It lives and says each event. */
  get tells(): boolean {
    return this.#isRun && !this.#hasEnded;
  }
  get err(): string {
    return this.#err;
  }
  get events(): EventLine[] {
    return eventsOf(this.#out).events;
  }

  /** Waits for an event, also one that came before. */
  event<T extends EventLine["type"]>(
    type: T,
    is: (event: Extract<EventLine, { type: T }>) => boolean = () => true,
  ): Promise<Extract<EventLine, { type: T }>> {
    const found = () =>
      this.events.find((e): e is Extract<EventLine, { type: T }> => e.type === type && is(e as never));
    return this.#wait(type, found);
  }

  /** Waits for words on stderr. */
  async says(words: RegExp): Promise<void> {
    await this.#wait(String(words), () => (words.test(this.#err) ? true : undefined));
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** kill -9 of this process alone. Resolves when it is gone; what it started lives on. */
  async killHard(): Promise<void> {
    this.child.kill("SIGKILL");
    if (this.child.exitCode === null && this.child.signalCode === null)
      await new Promise((resolve) => this.child.once("exit", resolve));
  }

  async #wait<T>(what: string, found: () => T | undefined): Promise<T> {
    let watcher: (() => void) | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        const story = () => `\n${this.#out.slice(-2000)}\n${this.#err.slice(-2000)}`;
        const timer = setTimeout(
          () => reject(new Error(`waited ${PATIENCE_MS} ms for ${what}${story()}`)),
          PATIENCE_MS,
        );
        watcher = () => {
          const value = found();
          if (value === undefined && !this.#hasEnded) return;
          clearTimeout(timer);
          if (value === undefined) reject(new Error(`it ended without ${what}${story()}`));
          else resolve(value);
        };
        this.#watchers.add(watcher);
        watcher();
      });
    } finally {
      if (watcher !== undefined) this.#watchers.delete(watcher);
    }
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

/** Polls until there is a value. */
export async function until<T>(what: string, found: () => T | undefined | null | false): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const value = found();
    if (value !== undefined && value !== null && value !== false && value !== "") return value;
    if (Date.now() > end) throw new Error(`waited ${PATIENCE_MS} ms for ${what}`);
    await pause(10);
  }
}

/** Whether a process lives, zombies not counted. */
export function isAlive(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return stat !== "" && !/\) [ZX] /.test(stat);
}

export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // gone already
  }
}

/** Asserts fields of an object, and shows the whole of it when one is wrong. */
export function has(got: object | undefined, want: Record<string, unknown>): void {
  const shown = Object.fromEntries(Object.keys(want).map((k) => [k, (got as Record<string, unknown>)?.[k]]));
  assert.deepEqual(shown, want, `in ${JSON.stringify(got)?.slice(0, 1500)}`);
}

/** A start with this environment is killed at a failpoint. */
export function killedAt(w: World, point: string): Record<string, string> {
  return {
    REPRISE_FAILPOINTS: point.includes("=") ? point : `${point}=kill`,
    REPRISE_FAILPOINTS_MEANT: "yes, break this run",
    REPRISE_FAILPOINTS_DIR: join(w.dir, "hits"),
  };
}

/** Every job was posted so often, by the witness. */
export function once(world: World, ids: readonly string[]): void {
  assert.deepEqual(world.posts().sort(), [...ids].sort());
}

function isOf(pid: number, dir: string): boolean {
  return pid !== process.pid && isAlive(pid) && read(`/proc/${pid}/environ`).split("\0").includes(`${MARK}=${dir}`);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // gone, or not ours
  }
}

function eventsOf(out: string): { events: EventLine[]; final: RunFinished } {
  const events = out
    .split("\n")
    .slice(0, -1)
    .flatMap((line): EventLine[] => (line.startsWith("{") ? [JSON.parse(line)] : []));
  return { events, final: events.at(-1) as RunFinished & EventLine };
}

const STATES = ["success", "failed", "unconfirmed", "skipped", "held", "deferred", "pending"] as const;
const CATEGORIES = ["account", "content", "setup", "infrastructure", "unknown"] as const;
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

/** What holds for every run with --json, whatever happened in it (2-contract 2.3). */
function checkStream({ out, code, err, final }: Omit<Ended, "signal" | "tookMs">): void {
  const lines = out.split("\n");
  assert.equal(lines.pop(), "", "the last line is whole");
  for (const line of lines) {
    const event = JSON.parse(line) as Record<string, unknown>;
    assert.equal(event.v, 1, line);
    for (const key of ["type", "ts", "run"]) assert.equal(typeof event[key], "string", `${key} in ${line}`);
    assert.match(String(event.ts), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
  if ((final as { type?: string } | undefined)?.type === "error") return;
  assert.equal(final?.type, "run.finished", `the last line of exit ${code}: ${lines.at(-1)} ${err}`);
  assert.equal(final.exit_code, code);
  checkCounts(final);
}

function checkCounts(final: RunFinished): void {
  assert.equal(sum(STATES.map((s) => final[s])), final.total, `states of ${JSON.stringify(final)}`);
  assert.equal(sum(CATEGORIES.map((c) => final[`failed_${c}`])), final.failed, "failed by category");
  assert.equal(final.pass_history.length, final.pass_count);
  for (const [i, pass] of final.pass_history.entries()) {
    assert.equal(pass.pass_number, i + 1);
    const outcomes = pass.success_count + pass.unconfirmed + sum(CATEGORIES.map((c) => pass[`failed_${c}`]));
    assert.equal(outcomes, pass.jobs_processed, `outcomes of ${JSON.stringify(pass)}`);
  }
  if (final.final_result !== "all_complete") return;
  assert.equal(final.success + final.skipped, final.total, "all_complete only if every job is posted");
}
