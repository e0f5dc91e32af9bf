// One seed, from its first start to its last: campaigns started again after whatever befell them, until each has ended.
import { createHash } from "node:crypto";
import type { Claim } from "../../src/core/claim.ts";
import type { EventLine } from "../../src/core/events.ts";
import type { PosterEnd } from "../../src/core/poster-end.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import type { Struck } from "../../src/virtual/fate.ts";
import type { Life } from "../../src/virtual/life.ts";
import { type Left, Machine } from "../../src/virtual/machine.ts";
import { Platform } from "../../src/virtual/platform.ts";
import type { WorkerWorld } from "../../src/virtual/world.ts";
import { CampaignCourse } from "./campaign-course.ts";
import { Dice } from "./dice.ts";
import { type Called, ChaosFate } from "./fate.ts";
import { type Ledgers, memoryLedgers } from "./ledgers.ts";
import { Oracle, type Seen } from "./oracle/oracle.ts";
import { People } from "./people.ts";
import { contentOf, drawOutcome, drawPlan, type Plan } from "./plan.ts";

export type CourseResult = {
  seed: number;
  jobs: number;
  starts: number;
  /** Of all records, in order. */
  hash: string;
  hits: string[];
  /** What is wrong; `null`: nothing. */
  broken: string | null;
  records: number;
  /** The last records, told when something is wrong. */
  tail: string[];
  stats: { posts: number; attempts: number; unconfirmed: number; virtualMs: number };
};

const MOST_TURNS = 400_000;
/** Long enough for any wait of a run: limits and windows are not waited for. */
const MOST_MS = 40 * 24 * 3_600_000;
/** What no orchestrator may do whose campaign is another's. */
const WRITES =
  /^(claims\.(claim|recordMedia|markPublishing|settle)|looks\.record|runs\.(open|openPass|closePass|requeue|finish|deal|record))$/;

/** Plays one seed. Never rejects. `keep`: how many of the last records are kept. */
export async function playSeed(seed: number, ledgers: Ledgers = memoryLedgers, keep = 40): Promise<CourseResult> {
  const course = new Course(drawPlan(seed), keep);
  return course.play(ledgers);
}

export class Course {
  readonly plan: Plan;
  readonly dice: Dice;
  readonly machine: Machine;
  readonly platform = new Platform();
  readonly fate: ChaosFate;
  readonly oracle: Oracle;
  readonly world: WorkerWorld;
  readonly campaigns: CampaignCourse[];
  readonly tries = new Map<string, number>();
  /** Whose each start is. */
  readonly names = new Map<Life, string>();
  /** Starts whose campaign another one has taken over: none of their writes may take effect. */
  readonly displaced = new Set<Life>();
  #open: () => Promise<Ledger> = () => Promise.reject(new Error("not open"));
  #takerOf: (campaign: string, job: string) => string | null = () => null;
  #people: People | null = null;
  #desk: Ledger | null = null;
  #broken: string | null = null;
  /** Left in the outbox, and not to be read for now. */
  readonly #hidden: Left[] = [];
  readonly #records: string[] = [];
  readonly #keep: number;
  starts = 0;

  constructor(plan: Plan, keep: number) {
    this.plan = plan;
    this.#keep = keep;
    this.dice = new Dice(plan.seed ^ 0x1234567);
    this.machine = new Machine(plan.startsAt);
    this.fate = new ChaosFate(plan, {
      kill: (life) => this.#of(life)?.killed(),
      freeze: (life, ms) => this.#freeze(life, ms),
      stop: (life, stage, inMs) => this.machine.timeline.after(inMs, () => this.#of(life)?.stop(stage)),
      setClock: (byMs) => {
        this.see({ t: "clock", byMs });
        this.machine.setClock(byMs);
      },
      person: () => this.#person(),
      takeOver: (life, ms) => this.#takeOver(life, ms),
      hang: (worker, ms) => this.#hang(worker, ms),
      double: (worker) => this.#double(worker),
      hasLeft: () => this.#showHidden(),
      hide: () => this.#hide(),
      called: (life, call) => this.#called(life, call),
    });
    const pace = (share: number) => () => Math.floor(this.dice.next() * plan.paceMs * share);
    this.world = {
      machine: this.machine,
      platform: this.platform,
      fate: this.fate,
      pace: { media: pace(0.2), working: pace(1), tap: pace(0.2), report: pace(0.2), look: pace(0.3) },
      contentOf,
      look: ({ unconfirmed }, shown) => {
        this.see({ t: "looked", attempt: unconfirmed.attempt, shown });
        return shown;
      },
      scriptOf: (claim) => this.#script(claim),
      onEnd: (claim, end) => {
        const campaign = this.campaigns.find((c) => c.plan.jobs.some((j) => j.id === claim.job.id))?.name ?? "";
        this.see({ t: "told", attempt: claim.attempt, campaign, what: wordOf(end) });
      },
      onAct: (claim, what) => this.see({ t: "act", what, attempt: claim.attempt, job: claim.job.id, ...whoOf(claim) }),
    };
    this.platform.onPost = ({ job, account, media, attempt, visibleAt }) =>
      this.see({ t: "post", job, account, media, attempt, shownInMs: visibleAt - this.machine.timeline.now });
    this.campaigns = plan.campaigns.map((c) => new CampaignCourse(c, this));
    this.oracle = new Oracle({
      truth: plan.truth,
      accounts: plan.accounts.map((a) => ({
        name: a.name,
        zone: a.timezone ?? plan.zone,
        daily: a.dailyLimit ?? plan.campaigns[0]?.settings.limits.daily ?? 0,
        window: a.window,
        device: a.device,
      })),
      campaigns: plan.campaigns.map((c) => ({ name: c.name, jobs: c.jobs, settings: c.settings })),
      isInOutbox: (attempt) => this.machine.outbox.some((left) => left.attempt === attempt),
      isCalm: plan.deeds === 0 && plan.campaigns.length === 1,
      contentOf,
    });
  }

  async play(ledgers: Ledgers): Promise<CourseResult> {
    const { timeline } = this.machine;
    const ledger = await ledgers(() => this.machine.wall);
    this.#open = ledger.open;
    this.#takerOf = ledger.takerOf;
    try {
      await this.#takeIn();
      for (const c of this.campaigns) timeline.after(c.plan.startsAtMs, () => c.launch());
      for (let i = 0; i < this.plan.deeds; i++) timeline.after(this.dice.int(0, 600_000), () => this.#person());
      const end = await timeline.run(() => this.#isOver(), MOST_TURNS);
      if (end !== "over") this.wrong(`the course is ${end}: ${this.campaigns.map((c) => c.standing).join("; ")}`);
      if (this.#broken === null) await this.#last();
    } catch (error) {
      this.wrong(error instanceof Error ? (error.stack ?? error.message) : String(error));
    } finally {
      await ledger.close();
    }
    return {
      seed: this.plan.seed,
      jobs: this.plan.campaigns.reduce((n, c) => n + c.jobs.length, 0),
      starts: this.starts,
      hash: createHash("sha1").update(this.#records.join("\n")).digest("hex"),
      hits: this.fate.hits,
      broken: this.#broken,
      records: this.#records.length,
      tail: this.#broken === null ? [] : this.#records.slice(-this.#keep),
      stats: { ...this.oracle.stats, posts: this.platform.posts.length, virtualMs: timeline.now },
    };
  }

  #isOver(): boolean {
    if (this.#broken !== null || this.machine.timeline.now > MOST_MS) return true;
    return this.campaigns.every((c) => c.isDone);
  }

  async #takeIn(): Promise<void> {
    const ledger = await this.handle();
    this.#desk = ledger;
    this.#people = new People({
      dice: this.dice,
      plan: this.plan,
      desk: ledger,
      see: (record) => this.see(record),
      stir: () => this.machine.stir(),
      after: (ms, run) => void this.machine.timeline.after(ms, () => void this.machine.timeline.hold(run())),
      isOut: (job) => this.platform.posts.some((p) => p.job === job),
    });
    for (const { plan } of this.campaigns) {
      const tray = await ledger.campaign(plan.name).intake.open();
      await tray.add(plan.jobs.map((spec, i) => ({ spec, file: "jobs", line: i + 1, past: null })));
      await tray.commit(this.plan.accounts, null);
    }
  }

  /** What the ledger says in the end of each job has to be what the oracle made of its events. */
  async #last(): Promise<void> {
    for (const { name } of this.campaigns) {
      if (this.#desk === null) return;
      const { jobs } = await this.#desk.campaign(name).views.jobs({}, { limit: 10_000, after: 0 });
      this.#guard(() =>
        this.oracle.last(
          name,
          jobs.map((j) => ({ id: j.id, state: j.state })),
          this.machine.wall,
        ),
      );
    }
  }

  /** A new process's handle. Its events are seen. */
  async handle(): Promise<Ledger> {
    const ledger = await this.machine.timeline.hold(this.#open());
    ledger.subscribe((line) => this.event(line));
    return ledger;
  }

  event(line: EventLine): void {
    this.see({ t: "event", line });
    this.machine.stir();
  }

  see(record: Seen): void {
    this.note(record);
    this.#guard(() => this.oracle.see(record, this.machine.wall, this.machine.timeline.now));
  }

  note(record: unknown): void {
    this.#records.push(`${this.machine.timeline.now} ${JSON.stringify(record)}`);
  }

  #guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.wrong(error instanceof Error ? error.message : String(error));
    }
  }

  wrong(what: string): void {
    this.#broken ??= what;
  }

  #script(claim: Claim) {
    const tried = this.tries.get(claim.job.id) ?? 0;
    this.tries.set(claim.job.id, tried + 1);
    return drawOutcome(this.plan, { job: claim.job.id, tried, nowMs: this.machine.timeline.now }).outcome;
  }

  /** Of the dead as well: what took effect did. */
  #called(life: Life, call: Called): void {
    if (this.displaced.has(life) && call.when === "after" && WRITES.test(call.method))
      this.wrong(`${call.method} took effect for one whose campaign was taken over`);
    const name = this.names.get(life);
    if (name === undefined) return;
    this.#guard(() => this.oracle.called(name, call, this.machine.wall, (job) => this.#takerOf(name, job)));
  }

  #person(): void {
    if (this.#broken === null && this.#people !== null) void this.machine.timeline.hold(this.#people.act());
  }

  #takeOver(life: Life, ms: number): void {
    this.#freeze(life, ms);
    this.machine.timeline.after(this.dice.int(0, ms + 10_000), () => this.#of(life)?.takenOver(life));
  }

  #of(life: Life): CampaignCourse | undefined {
    return this.campaigns.find((c) => c.life === life);
  }

  #freeze(life: Life, ms: number): void {
    this.note({ t: "freeze", ms });
    life.freeze();
    this.machine.timeline.after(ms, () => life.thaw());
  }

  #hang(worker: Struck, ms: number): void {
    this.note({ t: "hang", ms });
    worker.life.freeze();
    this.machine.timeline.after(ms, () => worker.life.thaw());
  }

  /** Its end lies in the outbox as well, as if it had left it before it was told that it is settled. */
  #double(worker: Struck): void {
    worker.leaveAlso();
  }

  /** As if its files could not be read. */
  #hide(): void {
    this.#hidden.push(...this.machine.outbox.splice(0));
  }

  /** The disk is well again. `true`: there is something to read. */
  #showHidden(): boolean {
    const { outbox } = this.machine;
    for (const left of this.#hidden.splice(0)) if (!outbox.some((l) => l.file === left.file)) outbox.push(left);
    outbox.sort((a, b) => (a.file < b.file ? -1 : 1));
    return outbox.length > 0;
  }
}

/** What an end proves. */
function wordOf({ said, exit, noGo, gotGo, spoke }: PosterEnd): string {
  if (said?.type === "posted" || (exit.kind === "code" && exit.code === 0)) return "posted";
  if (noGo !== null && !gotGo) return "no_go";
  if (exit.kind === "not_started") return "never_ran";
  if (said !== null && exit.kind === "code") return "refused";
  return spoke && !gotGo ? "not_tapped" : "nothing";
}

const whoOf = ({ job, device }: Claim) => ({ account: job.account, device });
