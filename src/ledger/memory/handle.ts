// One process's handle on a store: every write is one step, its events are told once it is done.
import type { Calendar } from "../../core/calendar.ts";
import type { EventLine, RunEvent } from "../../core/events.ts";
import type { Instant } from "../../core/ids.ts";
import { type LedgerDeps, LedgerError, type MediaFiles } from "../ledger.ts";
import { eventLine } from "../ledger-events.ts";
import { fencedOff } from "../ledger-rules.ts";
import type { CampaignRecord, MemoryStore, RunRecord } from "./store.ts";

/** What a write works with. `now` is one instant for the whole write. */
export type Tx = {
  store: MemoryStore;
  now: Instant;
  calendar: Calendar;
  /** `campaign` names the run that the event belongs to; `null` = none. */
  emit(event: RunEvent, campaign: CampaignRecord | null): void;
};

export class Handle {
  readonly store: MemoryStore;
  readonly #deps: LedgerDeps;
  readonly #listeners = new Set<(line: EventLine) => void>();
  #ownCommits = 0;
  /** Campaigns that this handle is the orchestrator of, with the number it got. */
  readonly #reigns = new Map<string, number>();

  constructor(store: MemoryStore, deps: LedgerDeps) {
    this.store = store;
    this.#deps = deps;
  }

  /** Commits of others; changes when another handle has written. */
  get foreignCommits(): number {
    return this.store.counters.commits - this.#ownCommits;
  }

  get now(): Instant {
    return this.#deps.now();
  }

  get calendar(): Calendar {
    return this.#deps.calendar;
  }

  get files(): MediaFiles | null {
    return this.#deps.files ?? null;
  }

  subscribe(listener: (line: EventLine) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async reign(name: string): Promise<void> {
    const number = await this.write(({ store }) => ++campaignOf(store, name).reign);
    this.#reigns.set(name, number);
  }

  /** The campaign that another handle has become the orchestrator of since; `null` = none. */
  lostReign(): string | null {
    for (const [name, number] of this.#reigns) if (campaignOf(this.store, name).reign !== number) return name;
    return null;
  }

  /** Nothing waits inside, so nothing comes between: the whole of `work` is one transaction. */
  async write<T>(work: (tx: Tx) => T): Promise<T> {
    const lost = this.lostReign();
    if (lost !== null) throw new LedgerError("fenced", fencedOff(lost));
    const lines: EventLine[] = [];
    const now = this.now;
    const emit = (event: RunEvent, campaign: CampaignRecord | null) => {
      const line = eventLine(event, campaign === null ? null : (openRunOf(campaign)?.id ?? null), now);
      campaign?.events.push(line);
      lines.push(line);
    };
    this.store.pen = { now, by: null, why: null };
    const value = work({ store: this.store, now, calendar: this.calendar, emit });
    this.store.counters.commits++;
    this.#ownCommits++;
    for (const line of lines) for (const listener of this.#listeners) listener(line);
    return value;
  }

  close(): void {
    this.#listeners.clear();
  }
}

export function campaignOf(store: MemoryStore, name: string): CampaignRecord {
  const known = store.campaigns.get(name);
  if (known !== undefined) return known;
  const fresh: CampaignRecord = {
    name,
    store,
    jobs: new Map(),
    pending: new Set(),
    asleep: new Set(),
    tally: new Map(),
    runs: [],
    commands: [],
    events: [],
    causes: new Map(),
    accounts: new Set(),
    scope: null,
    reign: 0,
    dailyLimit: null,
  };
  store.campaigns.set(name, fresh);
  return fresh;
}

export function openRunOf(campaign: CampaignRecord): RunRecord | null {
  const last = campaign.runs.at(-1);
  return last?.isOpen === true ? last : null;
}

/** The open run; throws without one: who asks must have opened it. */
export function mustRun(campaign: CampaignRecord): RunRecord {
  const run = openRunOf(campaign);
  if (run === null) throw new Error(`campaign ${campaign.name} has no open run`);
  return run;
}
