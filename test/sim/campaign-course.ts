// One campaign of a course: who runs it now, and what comes next, until it has ended for good.
import {
  openVirtualSession,
  startVirtually,
  type VirtualStart,
  verifyVirtually,
} from "../../src/compose/virtual-session.ts";
import { OWN_RULES } from "../../src/core/classify.ts";
import type { RunSettings } from "../../src/core/settings.ts";
import { recover } from "../../src/run/recover.ts";
import type { Life } from "../../src/virtual/life.ts";
import type { Course } from "./course.ts";
import type { CampaignPlan } from "./plan.ts";

export const MOST_STARTS = 9;
const MOST_LOOKS = 20;

export class CampaignCourse {
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

  launch(from: VirtualStart | null = null): void {
    void this.#launch(from).catch((error: unknown) => this.course.wrong(messageOf(error)));
  }

  async #launch(from: VirtualStart | null): Promise<void> {
    const { course } = this;
    const nr = ++this.#nr;
    course.starts++;
    if (nr >= MOST_STARTS) course.fate.isArmed = false;
    this.standing = `start ${nr}`;
    const ledger = await course.handle();
    const settings = this.#settings();
    course.see({ t: "start", campaign: this.name, looksForOutages: settings.outage !== null });
    const takenFrom = from === null ? {} : { takenFrom: from.holder };
    const plan = { world: course.world, ledger, campaign: this.name, settings, ...takenFrom };
    const start = startVirtually(plan, (life) => course.names.set(life, this.name));
    this.#start = start;
    const again = () => this.#again(course.dice.int(1, 30_000));
    start.finished.then(
      (finished) => {
        if (!this.#isOver(start)) return;
        course.note({ t: "end", campaign: this.name, result: finished.final_result });
        const isOpen = finished.final_result === "interrupted" || finished.final_result === "halted";
        if (isOpen) again();
        else this.#ended();
      },
      (error: unknown) => {
        if (!this.#isOver(start)) return;
        course.see({ t: "broke", campaign: this.name, error: error instanceof Error ? error.message : String(error) });
        again();
      },
    );
  }

  /** `false`: another has followed it. */
  #isOver(start: VirtualStart): boolean {
    if (this.#start !== start) return false;
    this.#start = null;
    return true;
  }

  /** A rule that halts each start would never end. */
  #settings(): RunSettings {
    return this.#nr < MOST_STARTS ? this.plan.settings : { ...this.plan.settings, halt: null, outage: null };
  }

  #again(ms: number): void {
    this.standing = `to be started again after start ${this.#nr}`;
    if (this.#nr > 6 * MOST_STARTS) this.course.wrong(`started ${this.#nr} times and not at its end`);
    else this.course.machine.timeline.after(ms, () => this.launch());
  }

  /** `run --take-over`, while the other one lives: frozen, or just thawed. */
  takenOver(life: Life): void {
    const from = this.#start;
    if (from === null || from.life !== life) return;
    this.#start = null;
    this.course.names.delete(life);
    this.course.displaced.add(life);
    this.course.see({ t: "broke", campaign: this.name, error: "taken over" });
    this.launch(from);
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
      return void recover(session.campaign, session.outbox, session.host.clock, OWN_RULES).then(free, free);
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
    const isTruthful = course.plan.truth === "truthful";
    if (isTruthful && !isSettled && this.#verifies++ < MOST_LOOKS) {
      this.standing = `look ${this.#verifies}`;
      const dueMs = course.oracle.lookAgainAt(this.name) - course.machine.wall;
      // a phone that is left out, or another campaign's, may be so for hours
      const patienceMs = plan.settings.settleMs * 2 ** Math.max(0, Math.min(10, this.#verifies - 4));
      course.machine.timeline.after(Math.max(dueMs, patienceMs) + 1_000, () => void this.#verify());
      return;
    }
    if (isTruthful && !isSettled) course.wrong(`${this.name}: unconfirmed after ${MOST_LOOKS} truthful looks`);
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

const messageOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));
