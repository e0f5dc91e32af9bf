import { type Instant, instant } from "../../core/ids.ts";
import type { AccountDesk, AccountView } from "../ledger.ts";
import { accountReleased } from "../ledger-events.ts";
import type { Handle, Tx } from "./handle.ts";
import { factsOf } from "./posts.ts";
import { holdAccount } from "./settle.ts";
import { knownAccount, move, PENDING, shownState } from "./standing.ts";
import type { AccountHold, AccountRecord, JobRecord, MemoryStore } from "./store.ts";

type Named = { name: string; platform: string };

export function openAccountDesk(handle: Handle): AccountDesk {
  return {
    async list() {
      const { now, calendar, store } = handle;
      return [...store.accounts.values()].map((account) => viewOf(account, { now, calendar }));
    },
    held: async (limit) => heldNames(handle.store).slice(0, limit),
    hold: (named, _by, reason) => handle.write((tx) => holdByPerson(tx, named, reason)),
    release: (named, _by, force) => handle.write((tx) => release(tx, named, force)),
  };
}

/** Longest held first. */
function heldNames({ accounts }: MemoryStore): string[] {
  const held = [...accounts.values()].filter((a) => a.hold !== null);
  return held.sort((a, b) => (a.hold?.at ?? 0) - (b.hold?.at ?? 0)).map((a) => a.name);
}

function viewOf(account: AccountRecord, when: Pick<Tx, "now" | "calendar">): AccountView {
  const { name, platform, settings, hold, jobs } = account;
  const limits = { daily: 0, minGapMs: 0, zone: settings.timezone ?? account.zone, window: null };
  const { postsToday, lastPostAt } = factsOf(account, limits as Parameters<typeof factsOf>[1], when);
  return {
    name,
    platform,
    state: hold === null ? "ok" : isReadyForReview(hold, when.now) ? "ready_for_review" : "held",
    hold: hold === null ? null : { ...hold },
    settings,
    postsToday,
    lastPostAt,
    pending: countOf(jobs, "pending"),
    held: countOf(jobs, "held"),
    unconfirmed: countOf(jobs, "unconfirmed"),
  };
}

function countOf(jobs: ReadonlySet<JobRecord>, state: "pending" | "held" | "unconfirmed"): number {
  let n = 0;
  for (const job of jobs) if (shownState(job.place) === state) n++;
  return n;
}

function isReadyForReview({ cooldownUntil }: AccountHold, now: Instant): boolean {
  return cooldownUntil !== null && now >= cooldownUntil;
}

function holdByPerson(tx: Tx, { name, platform }: Named, reason: string): { jobs: number } | null {
  const account = knownAccount(tx.store, name, platform);
  if (account === undefined) return null;
  if (account.hold !== null) return { jobs: 0 };
  const hold = { cause: "held_by_person", reason, at: tx.now, by: "person" as const, cooldownUntil: null };
  return { jobs: holdAccount(tx, account, hold, null) };
}

function release(tx: Tx, { name, platform }: Named, force: boolean) {
  const account = knownAccount(tx.store, name, platform);
  if (account === undefined) return null;
  const { hold } = account;
  if (hold === null) return { released: false as const, why: "it is not held" };
  const until = hold.cooldownUntil ?? instant(0);
  if (!force && until > tx.now) {
    const when = new Date(until).toISOString();
    return { released: false as const, why: `${hold.cause}: its cooldown lasts until ${when} (--force to insist)` };
  }
  account.hold = null;
  const jobs = [...account.jobs].filter(({ place }) => place.state === "held" && place.by === "account");
  for (const job of jobs) move(job, PENDING);
  tx.emit(accountReleased(account, jobs.length), null);
  return { released: true as const, jobs: jobs.length };
}
