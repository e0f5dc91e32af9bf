// Gives jobs without account to accounts, in turn and within today's limits.
import { deal } from "../../core/deal.ts";
import type { Instant } from "../../core/ids.ts";
import type { AccountSettings, RunSettings } from "../../core/settings.ts";
import { jobDeferred } from "../ledger-events.ts";
import { accountLimits } from "../ledger-rules.ts";
import { isBefore } from "./eligible.ts";
import { mustRun, type Tx } from "./handle.ts";
import { isInScope } from "./intake.ts";
import { factsOf } from "./posts.ts";
import { accountOf, change, move, PENDING, refOf, shownState, takeAccounts } from "./standing.ts";
import type { AccountRecord, CampaignRecord, JobRecord } from "./store.ts";

/** Jobs that found no account wait for tomorrow; without any account they stay as they are. */
export function dealJobs(tx: Tx, campaign: CampaignRecord, named: readonly AccountSettings[]) {
  const { settings } = mustRun(campaign);
  takeAccounts(tx.store, campaign, named);
  const said = named.map((a) => accountOf(tx.store, a.name, a.platform));
  const takers = (said.length > 0 ? said : [...campaign.accounts]).filter((a) => a.hold === null);
  const jobs = undealt(campaign);
  const rooms = takers.map((account, i) => ({ account: `${i}`, room: roomOf(tx, account, settings) }));
  const given = deal(jobs.length, rooms);
  let dealt = 0;
  jobs.forEach((job, i) => {
    const taker = takers[Number(given[i] ?? -1)];
    if (taker !== undefined) {
      give(job, taker);
      dealt++;
    } else if (takers.length > 0) deferToTomorrow(tx, job, settings.limits.timezone);
  });
  return { dealt, left: jobs.length - dealt, accounts: takers.length };
}

function undealt(campaign: CampaignRecord): JobRecord[] {
  return [...campaign.jobs.values()]
    .filter((job) => job.account === null && ["pending", "deferred"].includes(job.place.state))
    .sort((a, b) => (isBefore(a, b) ? -1 : 1));
}

/** Today's limit less what is posted and what waits already; `null` = no limit. */
function roomOf(tx: Tx, account: AccountRecord, settings: RunSettings): number | null {
  const limits = accountLimits(settings, account.settings);
  if (limits.daily === 0) return null;
  const waiting = [...account.jobs].filter(isOnItsWay).length;
  return Math.max(0, limits.daily - factsOf(account, limits, tx).postsToday - waiting);
}

/** Will take a place in the limit and has none yet. */
function isOnItsWay({ place, attempts }: JobRecord): boolean {
  if (place.state === "claimed") return attempts.at(-1)?.post === null;
  return shownState(place) === "pending";
}

function give(job: JobRecord, account: AccountRecord): void {
  job.account = account;
  job.platform = account.platform;
  account.jobs.add(job);
  change(job, { place: PENDING, inScope: isInScope(job.campaign, account.name) });
}

function deferToTomorrow(tx: Tx, job: JobRecord, zone: string): void {
  const until: Instant = tx.calendar.nextDay(tx.now, zone);
  if (job.place.state === "deferred" && job.place.until === until) return; // told already
  move(job, { state: "deferred", until, reason: "daily_limit" });
  tx.emit(jobDeferred(refOf(job), until, "daily_limit"), job.campaign);
}
