// What the oracle knows, and how it finds it. Each of its parts writes into one book.
import type { Account, Attempt, Campaign, Job } from "./model.ts";
import { dayOn } from "./rules.ts";
import { campaignOf, type OracleSetup } from "./setup.ts";

export type Line = Record<string, unknown> & { type: string };
type Post = { job: Job; attempt: Attempt; wall: number; at: number };

class Broken extends Error {}

export function must(holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new Broken(what());
}

export const text = (v: unknown) => String(v);
export const at = (v: unknown) => Date.parse(String(v));

export class Book {
  readonly stats = { attempts: 0, unconfirmed: 0 };
  readonly truth: OracleSetup["truth"];
  readonly isInOutbox: OracleSetup["isInOutbox"];
  readonly contentOf: OracleSetup["contentOf"];
  readonly isCalm: boolean;
  wasClockSet = false;
  /** A person did something. */
  wasSteered = false;
  readonly jobs = new Map<string, Job>();
  readonly accounts = new Map<string, Account>();
  readonly campaigns = new Map<string, Campaign>();
  readonly attempts = new Map<string, Attempt>();
  readonly posts: Post[] = [];
  /** Jobs that a look or a person said are not posted. */
  readonly saidAbsent = new Set<string>();
  /** What the clock shows, and true time. */
  wall = 0;
  now = 0;

  constructor(setup: OracleSetup) {
    this.truth = setup.truth;
    this.isCalm = setup.isCalm;
    this.isInOutbox = setup.isInOutbox;
    this.contentOf = setup.contentOf;
    for (const a of setup.accounts)
      this.accounts.set(a.name, {
        ...a,
        isHeld: false,
        isHeldByPerson: false,
        owesHold: null,
        running: null,
        attempts: [],
      });
    for (const c of setup.campaigns) this.campaigns.set(c.name, campaignOf(c, setup.accounts.length));
    for (const c of this.campaigns.values()) for (const job of c.jobs) this.jobs.set(job.id, job);
  }

  jobsOf(account: Account): Job[] {
    return [...this.jobs.values()].filter((j) => j.account === account.name);
  }
  job(id: string): Job {
    return found(this.jobs.get(id), `job ${id}`);
  }
  account(name: string): Account {
    return found(this.accounts.get(name), `account ${name}`);
  }
  campaign(name: string): Campaign {
    return found(this.campaigns.get(name), `campaign ${name}`);
  }
  attempt(id: string): Attempt {
    return found(this.attempts.get(id), `attempt ${id}`);
  }
  ofRun(line: Line): Campaign {
    const c = [...this.campaigns.values()].find((one) => one.run === line.run && one.isOpen);
    return found(c, `run ${line.run}`);
  }

  isHeld({ account }: Job): boolean {
    return account !== null && this.account(account).isHeld;
  }

  /** Pending, or behind its account. */
  putBack(job: Job): void {
    const isHeld = this.isHeld(job);
    job.state = isHeld ? "held" : "pending";
    job.by = isHeld ? "account" : null;
    job.category = null;
  }

  wakeDue(c: Campaign): void {
    for (const job of c.jobs)
      if ((job.state === "deferred" || job.state === "waiting") && job.until <= this.wall) this.putBack(job);
  }

  /** The day that a post of this account counts for if it is begun now. */
  dayNow(account: Account): string {
    const today = dayOn(this.wall, account.zone);
    // an intent that was withdrawn, or looked for in vain, holds no day
    const standing = account.attempts.filter((a) => a.post !== null).map((a) => a.intent?.day ?? "");
    return [today, ...standing].reduce((a, b) => (a > b ? a : b));
  }

  /** What stands against posting it. */
  twinOf(job: Job): "posted" | "open" | null {
    let worst: "open" | null = null;
    for (const a of job.account === null ? [] : this.account(job.account).attempts) {
      if (a.post === null) continue;
      const isSame = a.job === job ? a.post === "posted" : this.isTwin(a.job, job);
      if (!isSame) continue;
      if (a.post === "posted") return "posted";
      worst = "open";
    }
    return worst;
  }

  /** The same content, where media are read; else the same file. */
  isTwin(other: Job, job: Job): boolean {
    if (job.mayRepeat) return false;
    if (other.media === job.media) return true;
    const bothRead = [other, job].every((j) => this.campaign(j.campaign).readsMedia);
    return bothRead && this.contentOf(other.media) === this.contentOf(job.media);
  }

  freeTwins(name: string): void {
    for (const job of this.jobsOf(this.account(name)))
      if (job.state === "held" && job.by === "twin" && this.twinOf(job) !== "open") this.putBack(job);
  }
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Broken(`nobody knows ${what}`);
  return value;
}

/** The state a reader sees. */
export function shown({ state }: Job): string {
  if (state === "running") return "claimed";
  return state === "parked" || state === "waiting" ? "pending" : state;
}

export function mayBeTriedAgain(c: Campaign, job: Job): boolean {
  if (job.category === "infrastructure") return job.spent.infrastructure <= c.retry.infrastructure;
  return job.category === "unknown" && job.spent.unknown <= c.retry.unknown;
}
