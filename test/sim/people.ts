// What people do meanwhile, by the commands that they have: retry, hold, release, mark, pause, next, stop.
import { jobId } from "../../src/core/ids.ts";
import type { JobState } from "../../src/core/job.ts";
import type { CampaignLedger, Ledger } from "../../src/ledger/ledger.ts";
import type { Dice } from "./dice.ts";
import type { Seen } from "./oracle/oracle.ts";
import type { CampaignPlan, Plan } from "./plan.ts";

const DEEDS = [
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
] as const;

export type PeopleParts = {
  dice: Dice;
  plan: Plan;
  desk: Ledger;
  see(record: Seen): void;
  /** Those who look again and again will find something. */
  stir(): void;
  /** Time stands still while it runs. */
  after(ms: number, run: () => Promise<void>): void;
  isOut(job: string): boolean;
};

type Steering = Parameters<CampaignLedger["desk"]["send"]>[0];
type About = { c: CampaignPlan; id: string; state: JobState | null };

export class People {
  readonly #p: PeopleParts;

  constructor(parts: PeopleParts) {
    this.#p = parts;
  }

  /** One of them does something. */
  async act(): Promise<void> {
    const { dice, plan, desk, see } = this.#p;
    see({ t: "person" });
    const c = dice.pick(plan.campaigns);
    const { id } = dice.pick(c.jobs);
    const state = (await desk.campaign(c.name).views.job(id))?.job.state ?? null;
    const what = state === "unconfirmed" && dice.chance(0.7) ? "mark" : dice.pick(DEEDS);
    await this.#do(what, { c, id, state });
  }

  async #do(what: (typeof DEEDS)[number], { c, id, state }: About): Promise<void> {
    const { dice, plan, desk, after } = this.#p;
    const jobs = desk.campaign(c.name).desk;
    const account = { name: dice.pick(plan.accounts).name, platform: "default" };
    switch (what) {
      case "retry":
        return this.#done(c, "retry", (await jobs.retry([jobId(id)], "olga")).done);
      case "hold":
        return void (await jobs.hold([jobId(id)], "olga", "wait"));
      case "release":
        return this.#done(c, "release", (await jobs.release(idsOf(c), "olga")).done);
      case "mark":
        return this.#mark(c, state, id);
      case "hold_account":
        return void (await desk.accounts.hold(account, "olga", "wait"));
      case "release_account":
        for (const a of plan.accounts) await desk.accounts.release(a, "olga", true);
        return;
      case "pause":
        await this.#say(c, "pause");
        after(dice.int(1, 300_000), () => this.#say(c, "resume"));
        return;
      case "next":
        return this.#say(c, "next");
      case "stop":
        return this.#say(c, dice.chance(0.5) ? "stop" : "stop_now");
    }
  }

  #done(c: CampaignPlan, deed: string, ids: readonly string[]): void {
    this.#p.see({ t: "deed", campaign: c.name, deed, jobs: [...ids] });
  }

  async #say(c: CampaignPlan, type: Steering): Promise<void> {
    const { see, desk, stir } = this.#p;
    see({ t: "sent", campaign: c.name, type, by: "command" });
    await desk.campaign(c.name).desk.send(type, "reprise stop");
    stir();
  }

  /** A person who knows says the truth. */
  async #mark(c: CampaignPlan, state: JobState | null, id: string): Promise<void> {
    const { desk } = this.#p.desk.campaign(c.name);
    if (state !== "unconfirmed") return;
    if (this.#p.isOut(id)) await desk.markPosted([jobId(id)], "olga", null);
    else await desk.markNotPosted([jobId(id)], "olga");
  }
}

const idsOf = (c: CampaignPlan) => c.jobs.map((j) => j.id);
