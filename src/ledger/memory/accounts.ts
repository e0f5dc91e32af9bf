import { type Instant, instant } from "../../core/ids.ts";
import { earliest } from "../../core/limits.ts";
import type { AccountDesk, AccountView } from "../ledger.ts";
import { accountReleased } from "../ledger-events.ts";
import { accountLimits, coolsDown, nextTurn, noLimits } from "../ledger-rules.ts";
import type { Handle, Tx } from "./handle.ts";
import { factsOf } from "./posts.ts";
import { holdAccount } from "./settle.ts";
import { knownAccount, move, PENDING, shownState, signed } from "./standing.ts";
import type { AccountHold, AccountRecord, JobRecord, MemoryStore } from "./store.ts";

type Named = { name: string; platform: string };

export function openAccountDesk(handle: Handle): AccountDesk {
  return {
    async list(settings) {
      const { now, calendar, store } = handle;
      const views = [...store.accounts.values()].map((account) => viewOf(account, { now, calendar }, settings));
      const isBefore = (a: AccountView, b: AccountView) =>
        Number(a.hold === null) - Number(b.hold === null) ||
        (`${a.platform} ${a.name}` < `${b.platform} ${b.name}` ? -1 : 1);
      return views.sort(isBefore);
    },
    held: async (limit) => heldNames(handle.store).slice(0, limit),
    hold: (named, by, reason) =>
      handle.write((tx) => signed(tx, { by, why: reason }, () => holdByPerson(tx, named, reason))),
    release: (named, by, force) =>
      handle.write((tx) => signed(tx, { by, why: "its account was released" }, () => release(tx, named, force))),
  };
}

/** Longest held first. */
function heldNames({ accounts }: MemoryStore): string[] {
  const held = [...accounts.values()].filter((a) => a.hold !== null);
  return held.sort((a, b) => (a.hold?.at ?? 0) - (b.hold?.at ?? 0)).map((a) => a.name);
}

function viewOf(
  account: AccountRecord,
  when: Pick<Tx, "now" | "calendar">,
  given: Parameters<AccountDesk["list"]>[0] = noLimits(account.zone),
): AccountView {
  const { name, platform, settings, hold, jobs } = account;
  const limits = accountLimits(given, settings);
  const facts = factsOf(account, limits, when);
  const { postsToday, lastPostAt } = facts;
  return {
    name,
    platform,
    state: hold === null ? "ok" : isReadyForReview(hold, when.now) ? "ready_for_review" : "held",
    hold: hold === null ? null : { ...hold },
    settings,
    limits,
    postsToday,
    lastPostAt,
    nextAt: nextTurn(when.now, openAtOf(jobs), facts, { limits, calendar: when.calendar }),
    pending: countOf(jobs, "pending"),
    deferred: countOf(jobs, "deferred"),
    held: countOf(jobs, "held"),
    unconfirmed: countOf(jobs, "unconfirmed"),
  };
}

/** When the first of its open jobs is due by itself. */
function openAtOf(jobs: ReadonlySet<JobRecord>): Instant | null {
  let first: Instant | null = null;
  for (const { place, spec } of jobs) {
    if (place.state === "waiting" || place.state === "deferred") first = earliest(first, place.until);
    else if (shownState(place) === "pending") first = earliest(first, spec.notBefore ?? instant(0));
  }
  return first;
}

function countOf(jobs: ReadonlySet<JobRecord>, state: "pending" | "deferred" | "held" | "unconfirmed"): number {
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
    return { released: false as const, why: coolsDown(hold.cause, until) };
  }
  account.hold = null;
  const jobs = [...account.jobs].filter(({ place }) => place.state === "held" && place.by === "account");
  for (const job of jobs) move(job, PENDING);
  tx.emit(accountReleased(account, jobs.length), null);
  return { released: true as const, jobs: jobs.length };
}
