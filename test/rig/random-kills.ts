// Kills at random moments: orchestrators, workers, posters, each restarted with the same command until its campaign is home.
import { setTimeout as pause } from "node:timers/promises";
import type { EventLine } from "../../src/core/events.ts";
import { kill, type Running, until } from "../e2e/world.ts";
import { Fire } from "./fire.ts";

export type Victim = "orchestrator" | "worker" | "poster";
export type Volley = {
  kills: number;
  /** Campaigns at a time. */
  lanes: number;
  seed: number;
  /** The platform shows a post so late. */
  lateMs: number;
  settle: string;
  /** Told of each campaign that came home. */
  tell?: (score: Score) => void;
};

export type Score = {
  kills: Record<Victim, number>;
  campaigns: number;
  starts: number;
  jobs: number;
  attempts: number;
  twice: string[];
  lost: string[];
  orphans: string[];
  /** A run that lost its id, or ended otherwise than with all posted. */
  wrong: string[];
  /** Attempts written down as unconfirmed, by cause. */
  unconfirmed: Record<string, number>;
  /** Starts that ended themselves with another code than 0, by code: the same command was given again. */
  codes: Record<string, number>;
  /** From the intent to the tap, in ms. */
  windows: number[];
  seconds: number;
  /** How long the last start took that nobody killed. */
  lengthMs: number;
};

const JOBS = 12;
const FLAGS = "--retry-delay 0 --workers 3 --infra-retry-limit 90 --max-passes 90".split(" ");

/** Fires until `kills` processes were killed and every campaign is home. */
export async function volley(options: Volley): Promise<Score> {
  const score: Score = {
    kills: { orchestrator: 0, worker: 0, poster: 0 },
    campaigns: 0,
    starts: 0,
    jobs: 0,
    attempts: 0,
    twice: [],
    lost: [],
    orphans: [],
    wrong: [],
    unconfirmed: {},
    codes: {},
    windows: [],
    seconds: 0,
    lengthMs: 2000,
  };
  const began = Date.now();
  const draw = random(options.seed);
  await campaign({ ...options, kills: 0 }, score, draw); // nobody is killed: how long does a run take here?
  const lane = async () => {
    while (killed(score) < options.kills) {
      await campaign(options, score, draw);
      score.seconds = Math.round((Date.now() - began) / 1000);
      options.tell?.(score);
    }
  };
  await Promise.all(Array.from({ length: options.lanes }, lane));
  return score;
}

export const killed = ({ kills }: Score): number => kills.orchestrator + kills.worker + kills.poster;

async function campaign(options: Volley, score: Score, draw: () => number): Promise<void> {
  const ends: (() => void)[] = [];
  const fire = new Fire(
    { after: (end: unknown) => void ends.push(end as () => void) },
    { jobs: JOBS, flags: [...FLAGS, "--settle", options.settle] },
  );
  try {
    const env = { REPRISE_TEST_SLOW: "1", REPRISE_TEST_LATE_MS: String(options.lateMs) };
    for (;;) {
      const running = fire.start([], env);
      score.starts++;
      const isOver = await underFire(running, { fire, options, score, draw });
      const ended = await running.end;
      fire.starts.push(ended);
      if (!isOver) continue;
      if (fire.starts.length === 1) score.lengthMs = ended.tookMs;
      if (ended.code === 0 || ended.code === 4) break;
      count(score.codes, String(ended.code));
      // 7: nothing kept its workers alive; 6: the last look was killed too, and the next start looks again
      if (ended.code !== 7 && ended.code !== 6) throw new Error(`a start ended with ${ended.code}\n${fire.story()}`);
    }
    await until("the last process's end", () => fire.world.census().length === 0).catch(() => undefined);
    addUp(fire, score);
  } finally {
    for (const end of ends) end();
  }
}

type Field = { fire: Fire; options: Volley; score: Score; draw: () => number };

/** `true`: it ended by itself; `false`: it was killed. */
async function underFire(running: Running, { fire, options, score, draw }: Field): Promise<boolean> {
  let wasLooked = false;
  let wanted: Victim | null = null;
  for (;;) {
    // once somebody is wanted, that one is waited for: else most kills would fall on who is there from the first moment
    await Promise.race([pause(wanted === null ? 5 + (draw() * score.lengthMs) / 4 : 10), running.end]);
    if (hasEnded(running)) return true;
    if (!wasLooked && running.events.some((e) => e.type === "pass.started")) {
      wasLooked = true;
      score.orphans.push(...fire.strays(running.pid));
    }
    if (killed(score) >= options.kills) continue;
    wanted ??= VICTIMS[Math.floor(draw() * VICTIMS.length)] ?? "worker";
    if (!strike(fire, running, { wanted, draw: draw() })) continue;
    score.kills[wanted]++;
    if (wanted === "orchestrator") return false;
    wanted = null;
  }
}

const VICTIMS: readonly Victim[] = ["orchestrator", "worker", "poster"];
const hasEnded = ({ child }: Running) => child.exitCode !== null || child.signalCode !== null;

/** `false`: there is none of that kind just now. */
function strike(fire: Fire, running: Running, { wanted, draw }: { wanted: Victim; draw: number }): boolean {
  if (wanted === "orchestrator") return running.child.kill("SIGKILL");
  const word = wanted === "worker" ? "worker-main" : "witness-poster";
  const found = fire.world.census().filter((p) => p.pid !== running.pid && p.command.includes(word));
  const victim = found[Math.floor(draw * found.length)];
  if (victim === undefined) return false;
  kill(victim.pid, "SIGKILL");
  return true;
}

function addUp(fire: Fire, score: Score): void {
  const { twice, lost, orphans } = fire.score();
  score.campaigns++;
  score.jobs += fire.ids.length;
  score.twice.push(...twice.map((job) => `${job} of ${fire.world.dir}`));
  score.lost.push(...lost);
  score.orphans.push(...orphans);
  const log = fire.log();
  const runs = new Set(log.flatMap((e) => (e.run !== "-" ? [e.run] : [])));
  const last = fire.starts.at(-1);
  const isAfterAll = last?.code === 4 || runs.size > 1; // killed after its result was written: the next start finds nothing
  if (!isAfterAll && last?.final.success !== fire.ids.length) score.wrong.push(`counts ${JSON.stringify(last?.final)}`);
  score.wrong.push(...begunTooSoon(log));
  const taps = new Map(fire.taps().map((tap) => [tap.attempt, tap.at]));
  for (const e of log) {
    if (e.type === "attempt.started") score.attempts++;
    if (e.type === "attempt.finished" && e.outcome === "unconfirmed")
      count(score.unconfirmed, e.failure?.cause ?? "none");
    const tap = e.type === "attempt.publishing" ? taps.get(e.attempt) : undefined;
    if (tap !== undefined) score.windows.push(tap - Date.parse(e.ts));
  }
  if (twice.length + lost.length > 0) console.error(fire.story(), log.map((e) => JSON.stringify(e)).join("\n"));
}

/** Runs that were begun while the one before could still be gone on with. */
function begunTooSoon(log: readonly EventLine[]): string[] {
  const wrong: string[] = [];
  let open: string | null = null;
  for (const e of log) {
    if (e.type === "run.started") {
      if (open !== null) wrong.push(`run ${e.run} was begun while ${open} was open`);
      open = e.run;
    }
    // over with its last result, such as when only its last look was killed: the next start makes a new one, and looks again
    if (e.type === "run.finished" && e.final_result !== "interrupted" && e.final_result !== "halted") open = null;
  }
  return wrong;
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

/** The same numbers from the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
