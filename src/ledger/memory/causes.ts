// Causes of failures, counted as each failure is written down.
import type { Failure } from "../../core/failure.ts";
import { fingerprint } from "../../core/fingerprint.ts";
import type { CauseId } from "../../core/ids.ts";
import type { CampaignViews, CauseSample, CauseView } from "../ledger.ts";
import { causeSeen, type SeenCause } from "../ledger-events.ts";
import { causeState } from "../ledger-rules.ts";
import { openRunOf, type Tx } from "./handle.ts";
import type { AttemptRecord, CampaignRecord, CauseRecord, JobRecord } from "./store.ts";

type About = Pick<Failure, "category" | "cause" | "rule" | "evidence">;

/** Adds a failure of a job to its cause; the caller tells of it. */
export function noteCause(tx: Tx, job: JobRecord, { failure, device }: { failure: About; device: string | null }) {
  const { campaign, account, spec } = job;
  const known = { account: account?.name ?? null, device, job: spec.id, media: spec.media, caption: spec.caption };
  const { id, title } = fingerprint(failure, known);
  const run = openRunOf(campaign)?.id ?? null;
  const before = campaign.causes.get(id);
  const cause: CauseRecord = before ?? {
    id,
    category: failure.category,
    word: failure.cause,
    title,
    firstAt: tx.now,
    firstRun: run,
    lastAt: tx.now,
    lastRun: run,
    failures: 0,
    runFailures: 0,
    met: { jobs: new Set(), accounts: new Set(), devices: new Set() },
    resolved: null,
    regressedAt: null,
  };
  campaign.causes.set(id, cause);
  cause.failures++;
  cause.runFailures = (cause.lastRun === run ? cause.runFailures : 0) + 1;
  Object.assign(cause, { lastAt: tx.now, lastRun: run });
  cause.met.jobs.add(job);
  if (account !== null) cause.met.accounts.add(account);
  cause.met.devices.add(device);
  const seen: SeenCause["seen"] = before === undefined ? "new" : before.resolved === null ? "again" : "regressed";
  if (seen === "regressed") Object.assign(cause, { resolved: null, regressedAt: tx.now });
  job.lastCause = cause;
  return { cause, seen };
}

/** Tells readers of a cause that is new or came back. */
export function tellCause(tx: Tx, job: JobRecord, { cause, seen }: ReturnType<typeof noteCause>): void {
  const { id, category, word, title } = cause;
  const event = causeSeen(
    { job: job.spec.id, account: job.account?.name ?? null },
    { id, category, word, title, seen },
  );
  if (event !== null) tx.emit(event, job.campaign);
}

export function resolveCause(
  tx: Tx,
  campaign: CampaignRecord,
  of: { cause: CauseId; by: string; note: string | null },
): boolean {
  const cause = campaign.causes.get(of.cause);
  if (cause === undefined || cause.resolved !== null) return false;
  cause.resolved = { at: tx.now, by: of.by, note: of.note };
  cause.regressedAt = null;
  return true;
}

// --- readers --------------------------------------------------------------------------------------------------------

export function causeViews(campaign: () => CampaignRecord): Pick<CampaignViews, "causes" | "causeBook" | "cause"> {
  return {
    causes: async (limit) => causesOf(campaign(), limit),
    causeBook: async ({ limit, after }) => {
      const all = [...campaign().causes.values()].toReversed();
      const from = after === null ? 0 : Number(after);
      const causes = all.slice(from, from + limit).map((cause) => viewOf(campaign(), cause));
      return { causes, next: from + limit < all.length ? String(from + limit) : null };
    },
    cause: async (id, limit) => {
      const cause = campaign().causes.get(id);
      return cause === undefined
        ? null
        : { cause: viewOf(campaign(), cause), samples: samplesOf(cause).slice(0, limit) };
    },
  };
}

/** Those that jobs stand with now, then those that the present or last run met. */
export function causesOf(campaign: CampaignRecord, limit: number): CauseView[] {
  const views = [...campaign.causes.values()].map((cause) => viewOf(campaign, cause));
  const now = (v: CauseView) => v.jobs + v.unconfirmed;
  return views
    .filter((v) => now(v) > 0 || v.inRun > 0)
    .sort((a, b) => now(b) - now(a) || (now(a) === 0 ? b.inRun - a.inRun : 0))
    .slice(0, limit);
}

function viewOf(campaign: CampaignRecord, cause: CauseRecord): CauseView {
  const run = campaign.runs.at(-1)?.id ?? null;
  const { id, category, word, title, firstAt, lastAt, failures, met, resolved } = cause;
  const how = { firstRun: cause.firstRun, isResolved: resolved !== null, isRegressed: cause.regressedAt !== null };
  const standing = [...met.jobs].filter((job) => job.lastCause === cause && job.failure !== null);
  const counted = standing.filter((job) => job.inScope);
  const [only = null] = met.devices;
  return {
    id,
    category,
    cause: word,
    title,
    state: causeState(how, run),
    firstAt,
    lastAt,
    jobs: counted.filter((job) => job.place.state === "failed").length,
    unconfirmed: counted.filter((job) => job.place.state === "unconfirmed").length,
    accounts: new Set(standing.map((job) => job.account)).size,
    inRun: run !== null && cause.lastRun === run ? cause.runFailures : 0,
    failures,
    met: {
      jobs: met.jobs.size,
      accounts: met.accounts.size,
      devices: [...met.devices].filter((d) => d !== null).length,
    },
    onlyDevice: met.devices.size === 1 ? only : null,
    resolved,
  };
}

function samplesOf(cause: CauseRecord): CauseSample[] {
  return [...cause.met.jobs]
    .flatMap((job) => job.attempts)
    .filter((attempt) => attempt.cause === cause)
    .flatMap(sampleOf)
    .sort((a, b) => b.at - a.at);
}

function sampleOf({ job, id, account, device, state, endedAt, startedAt }: AttemptRecord): CauseSample[] {
  if (state.phase !== "failed" && state.phase !== "unconfirmed") return [];
  const { message } = state.failure.evidence;
  return [{ job: job.spec.id, attempt: id, account: account.name, device, at: endedAt ?? startedAt, message }];
}
