// heartbeat.json in the state folder: rewritten every few seconds while a run goes on, for whoever watches from outside.
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EventLine } from "../core/events.ts";
import { type HealthFacts, healthOf, STILL_MS } from "../core/health.ts";
import { type Instant, instant } from "../core/ids.ts";
import type { RunSettings } from "../core/settings.ts";
import { type Counts, NO_COUNTS } from "../core/tally.ts";
import type { CampaignLedger, RunView } from "../ledger/ledger.ts";

export type Heartbeat = {
  event(line: EventLine): void;
  /** Writes the last one. */
  close(): Promise<void>;
};

const EVERY_MS = 10_000;

/** One file a campaign; that of `default` has the plain name. */
export const heartbeatFile = (stateDir: string, campaign: string) =>
  join(stateDir, campaign === "default" ? "heartbeat.json" : `heartbeat.${campaign}.json`);

type Parts = {
  file: string;
  campaign: CampaignLedger;
  settings: RunSettings;
  pid: number;
  now(): Instant;
  everyMs?: number;
};

/** Begins to beat. A beat that can't be written is left out: the next one, or its absence, tells. */
export function openHeartbeat(parts: Parts): Heartbeat {
  const pulse = new Pulse(parts);
  let beating = Promise.resolve();
  const beat = () => {
    beating = beating.then(() => pulse.beat()).catch(() => undefined);
    return beating;
  };
  const timer = setInterval(beat, parts.everyMs ?? EVERY_MS);
  timer.unref();
  return {
    event(line) {
      pulse.take(line);
      if (line.type === "run.started" || line.type === "run.resumed" || line.type === "pass.waiting") void beat();
    },
    async close() {
      clearInterval(timer);
      await beat();
    },
  };
}

class Pulse {
  readonly #parts: Parts;
  readonly #inFlight = new Map<string, Instant>();
  readonly #workers = new Set<number>();
  #lastClaimAt: Instant | null = null;
  #lastMoveAt: Instant;
  #run = "-";
  #final: { final_result: string; exit_code: number } | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#lastMoveAt = parts.now();
  }

  take(line: EventLine): void {
    if (line.run !== "-") this.#run = line.run;
    const now = this.#parts.now();
    switch (line.type) {
      case "attempt.started":
        this.#inFlight.set(line.attempt, now);
        this.#lastClaimAt = this.#lastMoveAt = now;
        break;
      case "attempt.finished":
        this.#inFlight.delete(line.attempt);
        this.#lastMoveAt = now;
        break;
      case "pass.started":
        this.#lastMoveAt = now;
        break;
      case "worker.started":
        this.#workers.add(line.pid);
        break;
      case "worker.exited":
        this.#workers.delete(line.pid);
        break;
      case "run.finished":
        this.#final = { final_result: line.final_result, exit_code: line.exit_code };
        break;
      default: // says nothing about progress
    }
  }

  async beat(): Promise<void> {
    const { file, campaign, settings, pid } = this.#parts;
    const run = await campaign.views.run();
    const counts = run === null ? NO_COUNTS : await campaign.views.counts();
    const facts = await this.#facts(run);
    const { healthy, reason } = healthOf(facts, settings.attemptTimeoutMs);
    const iso = (at: Instant | null) => (at === null ? null : new Date(at).toISOString());
    write(file, {
      v: 1,
      ts: iso(facts.now),
      run: this.#run,
      campaign: campaign.name,
      pid,
      pass: run?.pass ?? 0,
      state: facts.state,
      healthy,
      reason,
      counts,
      last_claim_at: iso(this.#lastClaimAt),
      in_flight: this.#inFlight.size,
      workers: this.#workers.size,
      next_pass_at: iso(facts.waitUntil),
      final_result: this.#final?.final_result ?? null,
      exit_code: this.#final?.exit_code ?? null,
    });
  }

  async #facts(run: RunView | null): Promise<HealthFacts> {
    const now = this.#parts.now();
    const state = this.#final === null ? stateOf(run, this.#run) : "ended";
    const isStill = state === "running" && this.#inFlight.size === 0 && now - this.#lastMoveAt > STILL_MS;
    return {
      now,
      state,
      inFlight: [...this.#inFlight.values()],
      lastMoveAt: this.#lastMoveAt,
      waitUntil: state === "waiting" ? (run?.delayUntil ?? null) : null,
      next: isStill ? (await this.#parts.campaign.claims.peek(this.#parts.settings)).next : null,
    };
  }
}

/** `seen`: the run that events named; until then the ledger may still show the one before. */
function stateOf(run: RunView | null, seen: string): HealthFacts["state"] {
  if (run === null || run.run !== seen) return "starting";
  if (run.isStopping) return "stopping";
  if (run.isPaused) return "paused";
  return run.delayUntil === null ? "running" : "waiting";
}

/** Whole or not at all: a reader never sees half a line. */
function write(file: string, beat: { counts: Counts } & Record<string, unknown>): void {
  const half = `${file}.tmp`;
  try {
    writeFileSync(half, `${JSON.stringify(beat)}\n`, { mode: 0o600 });
    renameSync(half, file);
  } catch {
    rmSync(half, { force: true }); // a full disk must not end a run
  }
}

/** The instant of a real machine. */
export const wallClock = (): Instant => instant(Date.now());
