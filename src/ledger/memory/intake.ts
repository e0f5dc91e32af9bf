import { judge } from "../../core/classify.ts";
import { fence, type JobId } from "../../core/ids.ts";
import type { JobSpec } from "../../core/job.ts";
import { NOTHING_SPENT } from "../../core/retry.ts";
import type { AccountSettings } from "../../core/settings.ts";
import type { IntakeConflict, IntakeDesk, IntakeReport, IntakeRow, IntakeTray } from "../ledger.ts";
import { jobSkipped } from "../ledger-events.ts";
import { mediaKey, sameSpec, WIDESPREAD_OVER } from "../ledger-rules.ts";
import { noteCause } from "./causes.ts";
import { campaignOf, type Handle, type Tx } from "./handle.ts";
import { importPost, twinOf } from "./posts.ts";
import { noteOf } from "./settle.ts";
import { accountOf, change, enter, PENDING, refOf, shownState, takeAccounts } from "./standing.ts";
import type { AccountRecord, CampaignRecord, JobRecord } from "./store.ts";

export function openIntakeDesk(handle: Handle, campaign: string): IntakeDesk {
  return { open: async () => new Tray(handle, campaign) };
}

class Tray implements IntakeTray {
  readonly #handle: Handle;
  readonly #campaign: string;
  readonly #rows = new Map<JobId, IntakeRow>();
  #repeated = 0;
  #isOpen = true;

  constructor(handle: Handle, campaign: string) {
    this.#handle = handle;
    this.#campaign = campaign;
  }

  async add(rows: readonly IntakeRow[]): Promise<IntakeConflict[]> {
    if (!this.#isOpen) throw new Error("this intake is over");
    return rows.flatMap((row) => {
      const earlier = this.#rows.get(row.spec.id);
      if (earlier === undefined) this.#rows.set(row.spec.id, row);
      if (earlier === undefined) return [];
      if (sameSpec(earlier.spec, row.spec)) {
        this.#repeated++;
        if (isMade(row) && !isMade(earlier)) this.#rows.set(row.spec.id, row);
        return [];
      }
      const { file, line, spec } = row;
      return [{ file, line, id: spec.id, earlier: { file: earlier.file, line: earlier.line } }];
    });
  }

  async commit(accounts: readonly AccountSettings[], dailyLimit: number | null): Promise<IntakeReport> {
    if (!this.#isOpen) throw new Error("this intake is over");
    this.#isOpen = false;
    const rows = [...this.#rows.values()];
    return this.#handle.write((tx) => {
      const campaign = campaignOf(tx.store, this.#campaign);
      campaign.dailyLimit = dailyLimit ?? campaign.dailyLimit;
      return takeIn(tx, campaign, { rows, repeated: this.#repeated, accounts });
    });
  }

  async discard(): Promise<void> {
    this.#isOpen = false;
    this.#rows.clear();
  }
}

const isMade = ({ past }: IntakeRow) => past?.state === "success";

type Taken = { rows: readonly IntakeRow[]; repeated: number; accounts: readonly AccountSettings[] };

function takeIn(tx: Tx, campaign: CampaignRecord, { rows, repeated, accounts }: Taken): IntakeReport {
  takeAccounts(tx.store, campaign, accounts);
  const report: IntakeReport = {
    added: 0,
    known: 0,
    updated: [],
    unchanged: [],
    repeated,
    duplicates: 0,
    widespread: widespread(rows),
  };
  // posts made before come first: what would repeat them may stand above them in the file
  for (const row of rows.filter(isMade)) takeRow(tx, campaign, row, report);
  for (const row of rows.filter((r) => !isMade(r))) takeRow(tx, campaign, row, report);
  return report;
}

function widespread(rows: readonly IntakeRow[]): IntakeReport["widespread"] {
  const accounts = new Map<string, { media: string; names: Set<string> }>();
  for (const { spec } of rows) {
    if (spec.account === null) continue;
    const of = accounts.get(mediaKey(spec.media)) ?? { media: spec.media, names: new Set() };
    accounts.set(mediaKey(spec.media), of);
    of.names.add(`${spec.platform}\n${spec.account}`);
  }
  return [...accounts.values()]
    .filter((of) => of.names.size > WIDESPREAD_OVER)
    .map((of) => ({ media: of.media, accounts: of.names.size }));
}

function takeRow(tx: Tx, campaign: CampaignRecord, row: IntakeRow, report: IntakeReport): void {
  const known = campaign.jobs.get(row.spec.id);
  if (known === undefined) {
    report.added++;
    addJob(tx, campaign, row, report);
  } else if (isPostedSince(known, row)) {
    report.updated.push(row.spec.id);
    becomePosted(tx, known, row);
  } else if (sameSpec(known.spec, row.spec)) report.known++;
  else if (!isUntried(known)) report.unchanged.push(row.spec.id);
  else {
    report.updated.push(row.spec.id);
    updateJob(known, row.spec, tx);
  }
}

/** Another program has posted it since it came in: it must not be posted again. */
function isPostedSince({ place }: JobRecord, { past }: IntakeRow): boolean {
  return past?.state === "success" && ["pending", "deferred", "held", "failed"].includes(shownState(place));
}

function becomePosted(tx: Tx, job: JobRecord, row: IntakeRow): void {
  // what was posted, and by whom, is what its row says now
  if (row.spec.account !== null) giveTo(tx, job, row.spec);
  job.spec = row.spec;
  const { place, url } = fateOf(tx, job, row);
  const inScope = isInScope(job.campaign, job.account?.name ?? null);
  change(job, { place: place ?? PENDING, failure: null, inScope });
  Object.assign(job, { url: url ?? null, isImported: true });
}

function isUntried(job: JobRecord): boolean {
  return job.attempts.length === 0 && ["pending", "deferred", "held"].includes(job.place.state);
}

function addJob(tx: Tx, campaign: CampaignRecord, row: IntakeRow, report: IntakeReport): void {
  const { spec, past } = row;
  const job: JobRecord = {
    seq: ++tx.store.counters.job,
    campaign,
    spec,
    account: null,
    platform: spec.platform,
    source: `${row.file}:${row.line}`,
    isImported: past !== null,
    inScope: isInScope(campaign, spec.account),
    place: PENDING,
    failure: null,
    lastCause: null,
    spent: NOTHING_SPENT,
    fence: fence(0),
    attempts: [],
    moves: [],
    url: null,
  };
  campaign.jobs.set(spec.id, job);
  giveTo(tx, job, spec);
  Object.assign(job, fateOf(tx, job, row));
  enter(job);
  if (job.place.state !== "skipped") return;
  report.duplicates++;
  tx.emit(jobSkipped(refOf(job), "duplicate"), campaign);
}

/** Whether a run with this scope counts jobs of that account; jobs to be dealt always count. */
export function isInScope(campaign: CampaignRecord, account: string | null): boolean {
  return account === null || campaign.scope === null || campaign.scope.includes(account);
}

function giveTo(tx: Tx, job: JobRecord, spec: JobSpec): void {
  job.account?.jobs.delete(job);
  job.account = spec.account === null ? null : accountOf(tx.store, spec.account, spec.platform);
  job.account?.jobs.add(job);
  job.platform = spec.platform;
}

function fateOf(tx: Tx, job: JobRecord, { past }: IntakeRow): Partial<JobRecord> {
  const { account } = job;
  if (past?.state === "success") {
    if (account !== null) importPost(tx.store, job, account, past.at ?? tx.now);
    return { place: { state: "success" }, url: past.url };
  }
  if (past?.state === "failed") {
    const failure = judge({ message: past.message });
    noteCause(tx, job, { failure, device: null });
    return { place: { state: "failed" }, failure: noteOf(failure) };
  }
  const hash = tx.store.media.get(job.spec.media)?.hash ?? null;
  const isDuplicate = account !== null && twinOf(account, { job, hash, own: null }) === "duplicate";
  return { place: isDuplicate ? { state: "skipped", reason: "duplicate" } : PENDING };
}

function updateJob(job: JobRecord, spec: JobSpec, tx: Tx): void {
  const before = job.account;
  // a job that was dealt keeps its account while its file names none
  if (spec.account !== null || job.spec.account !== null) giveTo(tx, job, spec);
  job.spec = spec;
  const place = isLookedAtAnew(job, before) ? PENDING : job.place;
  change(job, { place, inScope: isInScope(job.campaign, job.account?.name ?? null) });
}

/** What held it back may be over with its new content; if not, its next claim finds that. */
function isLookedAtAnew({ place, account }: JobRecord, before: AccountRecord | null): boolean {
  if (place.state !== "held") return place.state === "deferred";
  return place.by === "twin" || (place.by === "account" && account !== before);
}
