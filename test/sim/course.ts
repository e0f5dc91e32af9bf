// One seed, from its first start to its last: campaigns started again after whatever befell them, until each has ended.
import { createHash } from "node:crypto";
import { openCalendar } from "../../src/calendar/temporal-calendar.ts";
import {
  openVirtualSession,
  startVirtually,
  type VirtualStart,
  verifyVirtually,
} from "../../src/compose/virtual-session.ts";
import type { Claim } from "../../src/core/claim.ts";
import type { EventLine } from "../../src/core/events.ts";
import { jobId } from "../../src/core/ids.ts";
import type { PosterEnd } from "../../src/core/poster-end.ts";
import type { RunSettings } from "../../src/core/settings.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { newMemoryStore, openMemoryLedger } from "../../src/ledger/memory/memory-ledger.ts";
import { recover } from "../../src/run/recover.ts";
import type { Struck } from "../../src/virtual/fate.ts";
import type { Life } from "../../src/virtual/life.ts";
import { Machine } from "../../src/virtual/machine.ts";
import { Platform } from "../../src/virtual/platform.ts";
import type { WorkerWorld } from "../../src/virtual/world.ts";
import { Dice } from "./dice.ts";
import { ChaosFate } from "./fate.ts";
import { Oracle, type Seen } from "./oracle/oracle.ts";
import { type CampaignPlan, drawOutcome, drawPlan, type Plan } from "./plan.ts";

/** Opens handles on one ledger. Each is another process's. */
export type Ledgers = (now: () => number) => Promise<{ open(): Promise<Ledger>; close(): Promise<void> }>;

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

const MOST_STARTS = 9;
const MOST_TURNS = 400_000;
/** Long enough for any wait of a run: limits and windows are not waited for. */
const MOST_MS = 40 * 24 * 3_600_000;
const calendar = openCalendar();

export const memoryLedgers: Ledgers = async (now) => {
  const store = newMemoryStore();
  return {
    open: async () => openMemoryLedger({ calendar, now: now as never }, store),
    close: async () => {},
  };
};

/** Plays one seed. Never rejects. `keep`: how many of the last records are kept. */
export async function playSeed(seed: number, ledgers: Ledgers = memoryLedgers, keep = 40): Promise<CourseResult> {
  const course = new Course(drawPlan(seed), keep);
  return course.play(ledgers);
}

class Course {
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
  #open: () => Promise<Ledger> = () => Promise.reject(new Error("not open"));
  #desk: Ledger | null = null;
  #broken: string | null = null;
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
      person: () => void this.person(),
      hang: (worker, ms) => this.#hang(worker, ms),
      double: (worker) => this.#double(worker),
      called: (life, call) => {
        // of the dead as well: what took effect did
        const name = this.names.get(life);
        if (name !== undefined) this.#guard(() => this.oracle.called(name, call, this.machine.wall));
      },
    });
    const pace = (share: number) => () => Math.floor(this.dice.next() * plan.paceMs * share);
    this.world = {
      machine: this.machine,
      platform: this.platform,
      fate: this.fate,
      pace: { media: pace(0.2), working: pace(1), tap: pace(0.2), report: pace(0.2), look: pace(0.3) },
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
      })),
      campaigns: plan.campaigns.map((c) => ({ name: c.name, jobs: c.jobs, settings: c.settings })),
      isInOutbox: (attempt) => this.machine.outbox.some((left) => left.attempt === attempt),
      isCalm: plan.deeds === 0 && plan.campaigns.length === 1,
    });
  }

  async play(ledgers: Ledgers): Promise<CourseResult> {
    const { timeline } = this.machine;
    const ledger = await ledgers(() => this.machine.wall);
    this.#open = ledger.open;
    try {
      await this.#takeIn();
      for (const c of this.campaigns) timeline.after(c.plan.startsAtMs, () => c.launch());
      for (let i = 0; i < this.plan.deeds; i++) timeline.after(this.dice.int(0, 600_000), () => void this.person());
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
    const ledger = await this.#open();
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
    return drawOutcome(this.plan, claim.attempt, tried).outcome;
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

  // --- people ---

  async person(): Promise<void> {
    const c = this.dice.pick(this.campaigns);
    const desk = this.#desk;
    if (desk === null || this.#broken !== null) return;
    const { views, desk: jobs } = desk.campaign(c.name);
    const job = this.dice.pick(c.plan.jobs);
    const at = (await views.job(job.id))?.job ?? null;
    const account = { name: this.dice.pick(this.plan.accounts).name, platform: "default" };
    const deeds = [
      "retry",
      "hold",
      "release",
      "mark",
      "mark",
      "hold_account",
      "release_account",
      "pause",
      "next",
      "stop",
    ];
    const what = at?.state === "unconfirmed" && this.dice.chance(0.7) ? "mark" : this.dice.pick(deeds);
    const say = async (type: Parameters<typeof jobs.send>[0]) => {
      this.see({ t: "sent", campaign: c.name, type, by: "command" });
      await jobs.send(type, "reprise stop");
      this.machine.stir();
    };
    const done = (deed: string, ids: readonly string[]) =>
      this.see({ t: "deed", campaign: c.name, deed, jobs: [...ids] });
    switch (what) {
      case "retry":
        return done("retry", (await jobs.retry([job.id], "olga")).done);
      case "hold":
        return void (await jobs.hold([job.id], "olga", "wait"));
      case "release":
        return done(
          "release",
          (
            await jobs.release(
              c.plan.jobs.map((j) => j.id),
              "olga",
            )
          ).done,
        );
      case "mark":
        return this.#mark(c, at?.state ?? "", job.id);
      case "hold_account":
        return void (await desk.accounts.hold(account, "olga", "wait"));
      case "release_account":
        for (const a of this.plan.accounts) await desk.accounts.release(a, "olga", true);
        return;
      case "pause":
        await say("pause");
        this.machine.timeline.after(this.dice.int(1, 300_000), () => void say("resume"));
        return;
      case "next":
        return say("next");
      default:
        return say(this.dice.chance(0.5) ? "stop" : "stop_now");
    }
  }

  /** A person who knows says the truth. */
  async #mark(c: CampaignCourse, state: string, id: string): Promise<void> {
    const desk = this.#desk?.campaign(c.name).desk;
    if (desk === undefined || state !== "unconfirmed") return;
    const isOut = this.platform.posts.some((p) => p.job === id);
    if (isOut) await desk.markPosted([jobId(id)], "olga", null);
    else await desk.markNotPosted([jobId(id)], "olga");
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

/** One campaign: who runs it now, and what comes next. */
class CampaignCourse {
  readonly plan: CampaignPlan;
  readonly course: Course;
  isDone = false;
  #start: VirtualStart | null = null;
  #nr = 0;
  #runs = 0;
  #verifies = 0;
  standing = "not begun";

  constructor(plan: CampaignPlan, course: Course) {
    this.plan = plan;
    this.course = course;
  }

  get name(): string {
    return this.plan.name;
  }
  get life(): Life | null {
    return this.#start?.life ?? null;
  }

  launch(): void {
    void this.#launch().catch((error: unknown) =>
      this.course.wrong(error instanceof Error ? String(error.stack) : String(error)),
    );
  }

  async #launch(): Promise<void> {
    const { course } = this;
    const nr = ++this.#nr;
    course.starts++;
    if (nr >= MOST_STARTS) course.fate.isArmed = false;
    this.standing = `start ${nr}`;
    const ledger = await course.handle();
    course.see({ t: "start", campaign: this.name });
    const plan = { world: course.world, ledger, campaign: this.name, settings: this.#settings() };
    const start = startVirtually(plan, (life) => course.names.set(life, this.name));
    this.#start = start;
    start.finished.then(
      (finished) => {
        this.#start = null;
        course.note({ t: "end", campaign: this.name, result: finished.final_result });
        const isOpen = finished.final_result === "interrupted" || finished.final_result === "halted";
        if (isOpen) this.#again(course.dice.int(1, 30_000));
        else this.#ended();
      },
      (error: unknown) => {
        this.#start = null;
        course.see({ t: "broke", campaign: this.name, error: error instanceof Error ? error.message : String(error) });
        this.#again(course.dice.int(1, 30_000));
      },
    );
  }

  /** A rule that halts each start would never end. */
  #settings(): RunSettings {
    return this.#nr < MOST_STARTS ? this.plan.settings : { ...this.plan.settings, halt: null };
  }

  #again(ms: number): void {
    this.standing = `to be started again after start ${this.#nr}`;
    if (this.#nr > 6 * MOST_STARTS) this.course.wrong(`started ${this.#nr} times and not at its end`);
    else this.course.machine.timeline.after(ms, () => this.launch());
  }

  killed(): void {
    const start = this.#start;
    if (start === null) return;
    this.#start = null;
    this.course.see({ t: "killed", campaign: this.name });
    start.life.kill();
    const neighbour = this.course.campaigns.find((c) => c !== this && c.life !== null);
    const inMs = this.course.dice.int(0, 40_000);
    if (neighbour !== undefined && inMs > 2_000 && this.course.dice.chance(0.5)) this.#freedBy(neighbour, inMs);
    else this.#again(inMs);
  }

  /** A run of another campaign settles what this one left, as compose/free-dead does, before it is started again. */
  #freedBy(neighbour: CampaignCourse, inMs: number): void {
    const { course } = this;
    const { machine } = course;
    this.standing = `dead, to be settled by ${neighbour.name}`;
    machine.timeline.after(2_000, async () => {
      const by = neighbour.life;
      if (by === null) return this.#again(inMs);
      const ledger = await course.handle();
      const { life, session } = openVirtualSession({
        world: course.world,
        ledger,
        campaign: this.name,
        settings: this.plan.settings,
      });
      const isAlone = session.host.processes.marked(`${ledger.id}/${this.name}/`).length === 0;
      const goOn = () => this.#again(inMs);
      if (!isAlone) {
        life.kill();
        return goOn();
      }
      by.onDeath(() => life.kill());
      life.onDeath(goOn);
      const free = () => life.kill();
      return void recover(session.campaign, session.outbox, session.host.clock).then(free, free);
    });
  }

  stop(stage: 1 | 2): void {
    if (this.#start === null) return;
    this.course.see({ t: "sent", campaign: this.name, type: stage === 1 ? "stop" : "stop_now", by: "signal" });
    this.#start.stop("SIGINT", 1);
    if (stage === 2) this.#start.stop("SIGINT", 2);
  }

  /** What is unconfirmed is looked for until nothing is; then, in some worlds, the campaign is run once more. */
  #ended(): void {
    const { course, plan } = this;
    const isSettled = course.oracle.unconfirmed(this.name) === 0;
    if (course.plan.truth === "truthful" && !isSettled && this.#verifies++ < 20) {
      this.standing = `look ${this.#verifies}`;
      const dueMs = course.oracle.lookAgainAt(this.name) - course.machine.wall;
      // a phone that is left out, or another campaign's, may be so for hours
      const patienceMs = plan.settings.settleMs * 2 ** Math.max(0, Math.min(10, this.#verifies - 4));
      course.machine.timeline.after(Math.max(dueMs, patienceMs) + 1_000, () => void this.#verify());
      return;
    }
    if (course.plan.truth === "truthful" && !isSettled)
      course.wrong(`${this.name}: unconfirmed after 20 truthful looks`);
    if (this.#runs++ === 0 && course.plan.againMs !== null) {
      this.#verifies = 0;
      course.machine.timeline.after(course.plan.againMs, () => this.launch());
      return;
    }
    this.isDone = true;
    this.standing = "done";
  }

  async #verify(): Promise<void> {
    const { course, plan } = this;
    const ledger = await course.handle();
    const look = verifyVirtually({ world: course.world, ledger, campaign: this.name, settings: plan.settings });
    const goOn = () => this.#ended();
    look.finished.then(goOn, goOn);
  }
}
