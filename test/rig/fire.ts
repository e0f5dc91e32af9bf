// A campaign under fire: the real command, a poster whose platform keeps its own record on disk, kills at failpoints, and what
// has to hold afterwards, read from that record and from the events, never from what reprise thinks of itself.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { EventLine } from "../../src/core/events.ts";
import { type Ended, jobs, type Running, World } from "../e2e/world.ts";
import { type KillPoint, POSTER_POINTS } from "./kill-table.ts";

const POSTER = fileURLToPath(new URL("../fixtures/witness-poster.sh", import.meta.url));
/** A start that ends itself too early to say so; more of them would be a loop. */
const MOST_STARTS = 12;

/** What a try does; see the fixture. */
export type Script = "ok" | "fail" | "die-before" | "die-after";
export type Tap = { at: number; job: string; account: string; attempt: string; shownAt: number };

export type FireOptions = { jobs: number; scripts?: Record<string, Script[]>; flags?: readonly string[] };
type Strike = { point: KillPoint; hit: number; action?: "kill" | "stop" | "throw" };

/** One that fails before it asks, one that posts and dies, one that dies without a post: a run of two passes, with looks. */
export const MIXED: Record<string, Script[]> = {
  j2: ["fail", "ok"],
  j3: ["die-after", "ok"],
  j4: ["die-before", "ok"],
};

export class Fire {
  readonly world: World;
  readonly ids: string[];
  readonly starts: Ended[] = [];
  readonly #flags: readonly string[];
  #hits = 0;

  constructor(t: Pick<TestContext, "after">, options: FireOptions) {
    const rows = jobs(options.jobs);
    this.ids = rows.map((row) => String(row.id));
    this.world = new World(t as TestContext, rows);
    this.#flags = options.flags ?? [];
    for (const folder of ["tries", "script"]) mkdirSync(join(this.world.dir, folder));
    this.world.write("platform.log", "");
    for (const [job, script] of Object.entries(options.scripts ?? {}))
      this.world.write(`script/${job}`, `${script.join("\n")}\n`);
  }

  /** Always the same command, whatever happened before. */
  start(strikes: readonly Strike[] | "count" = [], env: Record<string, string> = {}, under: string[] = []): Running {
    const args = ["run", "jobs.jsonl", "--json", "--exec", POSTER, "--verify-exec", "same", ...this.#flags];
    return this.world.start(args, { env: { ...this.#armed(strikes), ...env }, under });
  }

  /** One start to its end, however that comes. */
  async run(
    strikes: readonly Strike[] | "count" = [],
    env: Record<string, string> = {},
    under: string[] = [],
  ): Promise<Ended> {
    const ended = await this.start(strikes, env, under).end;
    this.starts.push(ended);
    return ended;
  }

  /** The same command again and again until it ends by itself. */
  async home(): Promise<Ended> {
    for (let n = 0; n < MOST_STARTS; n++) {
      const ended = await this.run();
      if (ended.code !== 7) return ended; // halted: nothing keeps its workers alive; the next start goes on
    }
    throw new Error(`not home after ${MOST_STARTS} starts: ${this.starts.at(-1)?.err}`);
  }

  /** Hits of the last start that was armed. */
  hitsOf(point: KillPoint): number {
    return this.#hitFiles().filter((name) => name.slice(0, name.lastIndexOf(".")) === point).length;
  }
  hitPid(point: KillPoint, hit: number): number | null {
    const file = join(this.#hitDir, `${point}.${hit}`);
    return existsSync(file) ? Number(readFileSync(file, "utf8")) || null : null;
  }

  taps(): Tap[] {
    return readFileSync(join(this.world.dir, "platform.log"), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [at, job = "", account = "", attempt = "", shownAt] = line.split(" ");
        return { at: Number(at), job, account, attempt, shownAt: Number(shownAt) };
      });
  }

  /** Everything that any start said, by what reached stdout. */
  events(): EventLine[] {
    return this.starts.flatMap((s) => s.events);
  }

  /** Everything that any start wrote down, also what its own death kept it from saying. */
  log(): EventLine[] {
    const file = join(this.world.dir, ".reprise", "ledger.db");
    if (!existsSync(file)) return [];
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      const rows = db.prepare("SELECT run, ts, body FROM event ORDER BY seq").all();
      return rows.map(({ run, ts, body }) => ({
        v: 1,
        run: String(run),
        ts: new Date(Number(ts)).toISOString(),
        ...JSON.parse(String(body)),
      }));
    } finally {
      db.close();
    }
  }

  /** Taps without an intent that was written down before. */
  tapsWithoutIntent(): Tap[] {
    const meant = new Set(this.log().flatMap((e) => (e.type === "attempt.publishing" ? [e.attempt] : [])));
    return this.taps().filter((tap) => !meant.has(tap.attempt));
  }
  /** Ended attempts of this outcome. */
  outcomes(outcome: string): number {
    return this.log().filter((e) => e.type === "attempt.finished" && e.outcome === outcome).length;
  }

  // --- what has to hold ---

  /** Posted twice, lost: by the platform's record. Left running: by the mark that every process of this world carries. */
  score(): { twice: string[]; lost: string[]; orphans: string[] } {
    const posted = this.taps().map((tap) => tap.job);
    return {
      twice: posted.filter((job, i) => posted.indexOf(job) !== i),
      lost: this.ids.filter((id) => !posted.includes(id)),
      orphans: this.world.census().map((p) => `${p.pid} ${p.command}`),
    };
  }

  /** Home: all posted once, nothing left, one run, and the exit code of its result. */
  assertHome(last: Ended, why: string): void {
    const story = () => `${why}\n${this.story()}`;
    assert.deepEqual(this.score(), { twice: [], lost: [], orphans: [] }, story());
    assert.equal(new Set(this.taps().map((tap) => tap.account)).size, this.ids.length, story());
    if (last.code === 4) return; // its run had ended already: nothing was left to do
    assert.equal(last.code, 0, story());
    assert.equal(last.final.final_result, "all_complete", story());
    assert.equal(last.final.success, this.ids.length, story());
    const runs = new Set(this.events().flatMap((e) => (e.run === "-" ? [] : [e.run])));
    assert.equal(runs.size, 1, `one run over all starts\n${story()}`);
  }

  /** Processes of other orchestrators than this one. */
  strays(orchestrator: number): string[] {
    const mark = new RegExp(`/${orchestrator}[.]\\d+$`);
    return this.world.census().flatMap(({ pid, command }) => {
      const found = environ(pid).find((text) => text.startsWith("REPRISE_MARK="));
      return found === undefined || mark.test(found) ? [] : [`${pid} ${found} ${command}`];
    });
  }

  story(): string {
    const tell = ({ code, signal, err, events }: Ended) =>
      `--- exit ${code} ${signal ?? ""} ${err.slice(-600)}\n${events
        .map((e) => JSON.stringify(e))
        .join("\n")
        .slice(-6000)}`;
    return `${this.world.dir}\n${this.starts.map(tell).join("\n")}`;
  }

  // --- arms ---

  get #hitDir(): string {
    return join(this.world.dir, `hits-${this.#hits}`);
  }
  #hitFiles(): string[] {
    return existsSync(this.#hitDir) ? readdirSync(this.#hitDir) : [];
  }

  #armed(strikes: readonly Strike[] | "count"): Record<string, string> {
    if (strikes.length === 0) return {};
    this.#hits++;
    const text = (s: Strike) => `${s.point}=${s.action ?? "kill"}@${s.hit}`;
    const all = strikes === "count" ? [] : strikes;
    const isPosters = (s: Strike) => (POSTER_POINTS as readonly string[]).includes(s.point);
    return {
      REPRISE_FAILPOINTS:
        all
          .filter((s) => !isPosters(s))
          .map(text)
          .join(",") || "count",
      REPRISE_FAILPOINTS_MEANT: "yes, break this run",
      REPRISE_FAILPOINTS_DIR: this.#hitDir,
      REPRISE_TEST_STRIKE: all.filter(isPosters).map(text).join(" "),
    };
  }
}

function environ(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return []; // gone
  }
}
