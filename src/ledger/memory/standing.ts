// Moves jobs from place to place and keeps the standing with them; accounts and what is held with them.
import type { JobId } from "../../core/ids.ts";
import type { JobState } from "../../core/job.ts";
import type { AccountSettings } from "../../core/settings.ts";
import type { JobRef } from "../ledger-events.ts";
import { jobHeld } from "../ledger-events.ts";
import { plainAccount, withSaidElsewhere } from "../ledger-rules.ts";
import type { Tx } from "./handle.ts";
import { twinOf } from "./posts.ts";
import type { AccountRecord, CampaignRecord, JobRecord, MemoryStore, Place } from "./store.ts";

export const PENDING: Place = { state: "pending" };
export const WITH_ACCOUNT: Place = { state: "held", by: "account" };

/** The state a reader sees. */
export function shownState(place: Place): JobState {
  return place.state === "parked" || place.state === "waiting" ? "pending" : place.state;
}

export function refOf(job: JobRecord): JobRef & { job: JobId } {
  return { job: job.spec.id, account: job.account?.name ?? null };
}

/** Counts a new job in. */
export function enter(job: JobRecord): void {
  if (job.place.state !== "pending") noteMove(job, "taken_in");
  count(job, 1);
  sort(job);
}

/** Changes what the standing counts by, and the standing with it. */
export function change(job: JobRecord, to: Partial<Pick<JobRecord, "place" | "failure" | "inScope">>): void {
  const before = job.place;
  count(job, -1);
  Object.assign(job, to);
  count(job, 1);
  sort(job);
  if (wasMoved(before, job.place)) noteMove(job, before.state);
}

/** Where an attempt begins, or put its job by its end, the attempt tells. */
function wasMoved(from: Place, to: Place): boolean {
  if (to.state === "claimed") return false;
  if (from.state === "claimed") return !["success", "failed", "unconfirmed"].includes(to.state);
  return from.state !== to.state || (to.state === "held" && from.state === "held" && from.by !== to.by);
}

/** Notes where the job came from; from where it stands itself: something about it. */
export function noteMove(job: JobRecord, from: string): void {
  const { place, attempts, campaign } = job;
  const { pen } = campaign.store;
  job.moves.push({
    at: pen.now,
    tries: attempts.length,
    from,
    to: place.state,
    heldBy: place.state === "held" ? place.by : null,
    until: place.state === "deferred" || place.state === "waiting" ? place.until : null,
    why: pen.why ?? reasonOf(place),
    by: pen.by,
  });
}

const reasonOf = (place: Place) =>
  place.state === "waiting" ? "rate_limited" : "reason" in place ? place.reason : null;

/** Does it, and notes who did it and why with every job it moves. */
export function signed<T>({ store }: Tx, sign: { by: string | null; why: string | null }, work: () => T): T {
  const before = store.pen;
  store.pen = { ...before, ...sign };
  const value = work();
  store.pen = before;
  return value;
}

function sort(job: JobRecord): void {
  const { pending, asleep } = job.campaign;
  const { state } = job.place;
  if (shownState(job.place) === "pending") pending.add(job);
  else pending.delete(job);
  if (state === "deferred" || state === "waiting") asleep.add(job);
  else asleep.delete(job);
}

/** Moves a job to a place without a failure of its own. */
export function move(job: JobRecord, place: Place): void {
  change(job, { place, failure: null });
}

function count(job: JobRecord, by: 1 | -1): void {
  const { inScope, place, failure } = job;
  const state = shownState(place);
  const category = state === "failed" ? (failure?.category ?? null) : null;
  const key = `${inScope} ${state} ${category}`;
  const row = job.campaign.tally.get(key) ?? { inScope, state, category, n: 0 };
  row.n += by;
  job.campaign.tally.set(key, row);
}

/** A job that goes back to be tried: behind its account if that is held. */
export function putBack(tx: Tx, job: JobRecord, place: Place = PENDING): void {
  if (job.account?.hold == null) {
    move(job, place);
    return;
  }
  move(job, WITH_ACCOUNT);
  tx.emit(jobHeld(refOf(job), "account", job.account.hold.cause), job.campaign);
}

export function knownAccount(store: MemoryStore, name: string, platform: string): AccountRecord | undefined {
  return store.accounts.get(`${platform}\n${name}`);
}

/** The account, made known if need be. */
export function accountOf(store: MemoryStore, name: string, platform: string): AccountRecord {
  const known = knownAccount(store, name, platform);
  if (known !== undefined) return known;
  const fresh: AccountRecord = {
    name,
    platform,
    settings: plainAccount(name, platform),
    hold: null,
    zone: "UTC",
    posts: [],
    jobs: new Set(),
    inFlight: null,
  };
  store.accounts.set(`${platform}\n${name}`, fresh);
  return fresh;
}

/** Makes accounts known to a campaign; what is said of them replaces what was, what is not said stays. */
export function takeAccounts(store: MemoryStore, campaign: CampaignRecord, named: readonly AccountSettings[]): void {
  for (const said of named) {
    const account = accountOf(store, said.name, said.platform);
    const before = account.settings;
    account.settings = {
      ...before,
      device: said.device ?? before.device,
      timezone: said.timezone ?? before.timezone,
      dailyLimit: said.dailyLimit ?? before.dailyLimit,
      window: said.window ?? before.window,
    };
    campaign.accounts.add(account);
  }
}

/** Takes over what a run's config says: what an entry leaves out is no longer so. */
export function setAccounts(store: MemoryStore, campaign: CampaignRecord, said: readonly AccountSettings[]): void {
  for (const { name, platform } of said) accountOf(store, name, platform).settings = plainAccount(name, platform);
  takeAccounts(store, campaign, withSaidElsewhere(said, saidElsewhere(store, campaign)));
}

/** What the configs of other campaigns say that are running. */
function saidElsewhere({ campaigns }: MemoryStore, campaign: CampaignRecord): AccountSettings[] {
  const last = [...campaigns.values()].filter((other) => other !== campaign).flatMap(({ runs }) => runs.at(-1) ?? []);
  return last.filter((run) => run.isOpen && run.endedAt === null).flatMap((run) => run.settings.knownAccounts);
}

/** Holds all open jobs of an account, in every campaign. @returns those newly held */
export function holdJobsOf(account: AccountRecord): JobRecord[] {
  const open = [...account.jobs].filter((job) => isOpenPlace(job.place));
  for (const job of open) move(job, WITH_ACCOUNT);
  return open;
}

function isOpenPlace(place: Place): boolean {
  return shownState(place) === "pending" || place.state === "deferred";
}

/** What a twin waited for is settled: those that nothing stands against any more look again at their next claim. */
export function freeTwins(tx: Tx, account: AccountRecord): void {
  for (const job of account.jobs) {
    if (job.place.state !== "held" || job.place.by !== "twin") continue;
    const hash = (job.attempts.at(-1)?.media ?? tx.store.media.get(job.spec.media))?.hash ?? null;
    if (twinOf(account, { job, hash, own: null }) !== "twin_unconfirmed") putBack(tx, job);
  }
}
