// A whole run inside one process: the real pass loop, dispatch and recovery over a ledger in memory, with workers that act out
// scripts and a clock that jumps. Hours pass in a moment, and every call can be made to fail.
import { openCalendar } from "../../src/calendar/temporal-calendar.ts";
import type { Claim } from "../../src/core/claim.ts";
import { OWN_RULES } from "../../src/core/classify.ts";
import type { EventLine, RunFinished } from "../../src/core/events.ts";
import { type Instant, instant, later, millis } from "../../src/core/ids.ts";
import type { PosterEnd } from "../../src/core/poster-end.ts";
import type { RunSettings } from "../../src/core/settings.ts";
import type { Look } from "../../src/core/verify.ts";
import type { Devices } from "../../src/devices/devices.ts";
import { SimulatedDevices } from "../../src/devices/simulated/simulated-devices.ts";
import { openEmbeddedDispatch } from "../../src/dispatch/embedded/embedded-dispatch.ts";
import type { Fleet } from "../../src/fleet/fleet.ts";
import { noPhones } from "../../src/fleet/no-phones.ts";
import { openPhoneFleet } from "../../src/fleet/phone-fleet.ts";
import type { Clock } from "../../src/host/host.ts";
import { nodeTimers } from "../../src/host/node/node-host.ts";
import { HOLDER, NOON, settings } from "../../src/ledger/contract/world.contract.ts";
import type { CampaignLedger, Ledger } from "../../src/ledger/ledger.ts";
import { newMemoryStore, openMemoryLedger } from "../../src/ledger/memory/memory-ledger.ts";
import { Control } from "../../src/run/control.ts";
import { type Outbox, recover } from "../../src/run/recover.ts";
import { runPasses } from "../../src/run/run-passes.ts";
import type { AttemptHooks, LookTask, WorkerPool, WorkerSlot, WorkerTask } from "../../src/workers/workers.ts";

/** Time that jumps to the next sleeper's end as soon as nothing else can happen. */
export class JumpingClock implements Clock {
  /** Told of each sleep; may stop the run, or throw as a crash would. */
  onSleep: (until: Instant) => void = () => {};
  #now = NOON;
  #steadySince = instant(0);
  readonly #sleepers = new Set<{ until: Instant; wake: () => void }>();

  now(): Instant {
    return this.#now;
  }
  steadySince(): Instant {
    return this.#steadySince;
  }
  /** Somebody sets it. */
  set(ms: number): void {
    this.pass(ms);
    this.#steadySince = this.#now;
  }
  pass(ms: number): void {
    this.#now = later(this.#now, millis(ms));
  }

  async sleepUntil(until: Instant, stop: AbortSignal): Promise<void> {
    this.onSleep(until);
    if (stop.aborted || until <= this.#now) return;
    await new Promise<void>((resolve) => {
      const sleeper = { until, wake: resolve };
      this.#sleepers.add(sleeper);
      stop.addEventListener("abort", () => this.#wake(sleeper), { once: true });
      this.#jumpLater();
    });
  }

  /** After two rounds of the event loop: what is ready has run by then. */
  #jumpLater(): void {
    setImmediate(() => setImmediate(() => this.#jump()));
  }

  #jump(): void {
    const ends = [...this.#sleepers].map((s) => s.until);
    if (ends.length === 0) return;
    this.#now = instant(Math.max(this.#now, Math.min(...ends)));
    for (const sleeper of this.#sleepers) if (sleeper.until <= this.#now) this.#wake(sleeper);
    if (this.#sleepers.size > 0) this.#jumpLater();
  }

  #wake(sleeper: { until: Instant; wake: () => void }): void {
    this.#sleepers.delete(sleeper);
    sleeper.wake();
  }
}

/** What becomes of an attempt. `slow N`: N seconds before the post. `lost-*`: the worker dies. */
export type Act =
  | "ok"
  | "silent-ok"
  | `fail ${string}`
  | `slow ${number}`
  | `rate ${number}`
  | "lost-before"
  | "lost-after-go"
  | "lost-after-post"
  | "hang";

const END: PosterEnd = {
  spoke: true,
  said: null,
  exit: { kind: "code", code: 0 },
  gotGo: false,
  noGo: null,
  step: "opening",
  stderrTail: "",
  error: null,
  evidence: [],
};

/** All posts made, by every worker of every start; looks read it too. */
export class Stage {
  readonly posts: string[] = [];
  readonly tries: string[] = [];
  readonly looks: string[] = [];
  readonly lookedOn: (string | null)[] = [];
  /** Told of each attempt as its poster begins. */
  onTry: (job: string) => void = () => {};
  readonly clock: JumpingClock;
  readonly acts: Record<string, Act[]>;
  /** What an attempt that begins now meets before its own act; `null`: nothing. */
  weather: ((at: Instant, claim: Claim) => Act | null) | null = null;
  /** Answers of looks instead of the truth. */
  answer: ((job: string) => Look | null) | null = null;

  constructor(clock: JumpingClock, acts: Record<string, Act[]>) {
    this.clock = clock;
    this.acts = acts;
  }

  next(job: string): Act {
    const acts = this.acts[job] ?? this.acts["*"] ?? ["ok"];
    const before = this.tries.filter((t) => t === job).length;
    this.tries.push(job);
    this.onTry(job);
    return acts[Math.min(before, acts.length - 1)] ?? "ok";
  }
}

class ActingSlot implements WorkerSlot {
  readonly number: number;
  readonly #stage: Stage;
  #over = new AbortController();
  #gotGo = false;

  constructor(number: number, stage: Stage) {
    this.number = number;
    this.#stage = stage;
  }

  async attempt({ claim }: WorkerTask, hooks: AttemptHooks): Promise<PosterEnd> {
    this.#over = new AbortController();
    this.#gotGo = false;
    if (claim.media === null) {
      const found = { size: 1, mtimeMs: 1, hash: `h:${claim.job.media}` };
      const go = await hooks.media(found).catch(() => NO_GO);
      if (!go.go) return { ...END, spoke: false, noGo: go.reason };
    }
    const own = this.#stage.next(claim.job.id);
    const act = this.#stage.weather?.(this.#stage.clock.now(), claim) ?? own;
    if (act !== "silent-ok") {
      hooks.spoke();
      hooks.step("opening");
    }
    const end = await this.#act(act, claim, hooks);
    return this.#over.signal.aborted && !this.#gotGo ? { ...end, exit: { kind: "cancelled" } } : end;
  }

  async #act(act: Act, claim: Claim, hooks: AttemptHooks): Promise<PosterEnd> {
    const [word, ...rest] = act.split(" ");
    switch (word) {
      case "silent-ok":
        this.#stage.posts.push(claim.job.id);
        return { ...END, spoke: false };
      case "fail":
        return { ...END, exit: { kind: "code", code: 1 }, stderrTail: rest.join(" ") };
      case "rate":
        return { ...END, said: slowDown(Number(rest[0])), exit: { kind: "code", code: 1 } };
      case "lost-before":
        return { ...END, exit: LOST };
      case "hang":
        await new Promise((resolve) => this.#over.signal.addEventListener("abort", resolve));
        return END;
      default:
        if (word === "slow") await this.#stage.clock.sleepUntil(this.#in(Number(rest[0])), this.#over.signal);
        return this.#publish(act, claim, hooks);
    }
  }

  async #publish(act: Act, claim: Claim, hooks: AttemptHooks): Promise<PosterEnd> {
    const go = this.#over.signal.aborted ? NO_GO : await hooks.publishing("newest").catch(() => NO_GO);
    if (!go.go) return { ...END, noGo: go.reason, exit: { kind: "code", code: 75 } };
    this.#gotGo = true;
    if (act === "lost-after-go") return { ...END, gotGo: true, exit: LOST };
    this.#stage.posts.push(claim.job.id);
    if (act === "lost-after-post") return { ...END, gotGo: true, exit: LOST };
    return { ...END, gotGo: true, said: { type: "posted", url: null } };
  }

  #in(seconds: number): Instant {
    return later(this.#stage.clock.now(), millis(seconds * 1000));
  }

  settled(): void {}
  async look({ unconfirmed, phone }: LookTask): Promise<Look | null> {
    const { id } = unconfirmed.job;
    this.#stage.lookedOn.push(phone?.id ?? null);
    this.#stage.looks.push(id);
    if (this.#stage.answer !== null) return this.#stage.answer(id);
    return this.#stage.posts.includes(id) ? "posted" : "absent";
  }
  check(): Promise<null> {
    return Promise.resolve(null);
  }
  cancel(): void {
    if (!this.#gotGo) this.#over.abort();
  }
  kill(): void {
    this.#over.abort();
  }
}

const NO_GO = { go: false, reason: "stopping" } as const;
const LOST = { kind: "lost", message: "worker 1 is gone: SIGKILL" } as const;
const slowDown = (seconds: number) =>
  ({
    type: "not_posted",
    category: "infrastructure",
    cause: "rate_limited",
    message: "slow down",
    retryAfterMs: seconds === 0 ? null : millis(seconds * 1000),
    cooldownMs: null,
  }) as const;

export class ActingPool implements WorkerPool {
  readonly slots: readonly WorkerSlot[];
  isBroken = false;
  readonly #idle: WorkerSlot[];
  readonly #waiters: ((slot: WorkerSlot) => void)[] = [];

  constructor(slots: readonly WorkerSlot[]) {
    this.slots = slots;
    this.#idle = [...slots];
  }
  acquire(stop: AbortSignal): Promise<WorkerSlot | null> {
    if (stop.aborted || this.isBroken) return Promise.resolve(null);
    const idle = this.#idle.shift();
    if (idle !== undefined) return Promise.resolve(idle);
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      stop.addEventListener("abort", () => resolve(null), { once: true });
    });
  }
  release(slot: WorkerSlot): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#idle.push(slot);
    else waiter(slot);
  }
  async close(): Promise<void> {}
}

export const actingPool = (stage: Stage, size: number): ActingPool =>
  new ActingPool(Array.from({ length: size }, (_, i) => new ActingSlot(i + 1, stage)));

/** As a start of `reprise run` wires it. */
export type Started = { finished: RunFinished; events: EventLine[] };
type FleetMore = { maxPhones?: number; onWarning?: (message: string) => void };
export type StartMore = {
  settings?: RunSettings;
  /** Phones to post from; none: `--devices none`. */
  devices?: Devices & { ids: readonly string[] };
  fleet?: FleetMore;
  /** Stands between the run and its ledger. */
  through?: (campaign: CampaignLedger) => CampaignLedger;
  onControl?: (control: Control) => void;
  outbox?: Outbox;
};

const EMPTY: Outbox = { read: async () => [], drop: async () => {} };

/** One ledger, one clock, one stage; any number of starts over them. */
export class RunRig {
  readonly clock = new JumpingClock();
  readonly stage: Stage;
  readonly #store = newMemoryStore();

  constructor(acts: Record<string, Act[]> = {}) {
    this.stage = new Stage(this.clock, acts);
  }

  /** Another process's handle on the ledger. */
  ledger(): Ledger {
    return openMemoryLedger({ calendar: openCalendar(), now: () => this.clock.now() }, this.#store);
  }

  /** One start of the campaign, to its end. A crash rejects. */
  async start(more: StartMore = {}): Promise<Started> {
    const ledger = this.ledger();
    const events: EventLine[] = [];
    ledger.subscribe((line) => events.push(line));
    const campaign = (more.through ?? ((c) => c))(ledger.campaign("one"));
    const given = more.settings ?? quick();
    const { clock } = this;
    const opened = await campaign.runs.open({ settings: given, holder: HOLDER, simulated: false });
    await campaign.runs.deal(given.knownAccounts);
    await recover(campaign, more.outbox ?? EMPTY, clock, OWN_RULES);
    const pool = actingPool(this.stage, given.workers);
    const fleet =
      more.devices === undefined
        ? noPhones()
        : phoneFleet(campaign, more.devices, { settings: given, clock, ...more.fleet });
    const desk = ledger.devices;
    const reach = more.devices?.ids.length ?? given.workers;
    const dispatch = openEmbeddedDispatch({ ledger: campaign, fleet, pool, settings: given, clock, reach, desk });
    const control = new Control({ ledger, runs: campaign.runs, dispatch, settings: given, clock, timers: nodeTimers });
    more.onControl?.(control);
    const ports = {
      ledger: campaign,
      dispatch,
      clock,
      control,
      settings: given,
      sweep: async () => void (await fleet.stopAll()),
      deal: async () => (await campaign.runs.deal(given.knownAccounts)).dealt,
      draw: () => 0,
    };
    try {
      const result = await runPasses(ports, opened).finally(() => fleet.close());
      return { finished: await campaign.runs.finish(result, 0), events };
    } finally {
      control.close();
    }
  }
}

/** Phones in memory that are there at once. */
export const simulatedPhones = (clock: Clock, ids: readonly string[]): SimulatedDevices =>
  new SimulatedDevices({ ids, clock, startMs: millis(0), readyMs: millis(1000), answerMs: millis(1000) });

/** A fleet over these phones, as a start of `reprise run` wires it. */
export function phoneFleet(
  campaign: CampaignLedger,
  devices: Devices & { ids: readonly string[] },
  more: { settings: RunSettings; clock: Clock } & FleetMore,
): Fleet {
  const { ids } = devices;
  const { claims, fleet: book } = campaign;
  const waits = { idleMs: millis(30_000), patienceMs: millis(30 * 60_000), maxPhones: null };
  const fixed = { provider: "simulated", mark: "mark/1", ports: null, onWarning: () => {}, onEvent: () => {} };
  return openPhoneFleet({ devices, ids, claims, book, ...waits, ...fixed, ...more });
}

/** Three passes with 30 s between them, two workers, looks that settle after a minute. */
export function quick(more: Partial<RunSettings> = {}): RunSettings {
  return settings({
    workers: 2,
    settleMs: millis(60_000),
    poster: { kind: "command", exec: "post", verifyExec: "look", silentIs: "unconfirmed" },
    ...more,
  });
}
