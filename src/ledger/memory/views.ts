import { causeId } from "../../core/ids.ts";
import { tally } from "../../core/tally.ts";
import type { AttemptView, CampaignViews, JobFilter, JobView, PastFailure, RunView } from "../ledger.ts";
import { causeViews } from "./causes.ts";
import { isBefore } from "./eligible.ts";
import { campaignOf, type Handle } from "./handle.ts";
import { recordOf } from "./pass-stats.ts";
import { twinOf } from "./posts.ts";
import { shownState } from "./standing.ts";
import type { AttemptRecord, CampaignRecord, JobRecord, RunRecord } from "./store.ts";

type Page = { limit: number; after: number };

export function openViews(handle: Handle, name: string): CampaignViews {
  const campaign = () => campaignOf(handle.store, name);
  return {
    dailyLimit: async () => campaign().dailyLimit,
    accounts: async () => [...campaign().accounts].map((a) => a.settings),
    counts: async () => tally([...campaign().tally.values()]),
    ...causeViews(campaign),
    run: async () => {
      const last = campaign().runs.at(-1);
      return last === undefined ? null : runView(last, handle);
    },
    jobs: async (filter, page) => {
      const wanted = [...campaign().jobs.values()].filter((job) => isWanted(job, filter));
      const { items, next } = cut(wanted, page);
      return { jobs: items.map(jobView), next };
    },
    specs: async (filter, page) => {
      const wanted = [...campaign().jobs.values()].filter((job) => isWanted(job, filter));
      const { items, next } = cut(wanted, page);
      return { jobs: items.map(specOf), next };
    },
    twins: async () => twinsOf(handle, campaign()),
    job: async (id) => {
      const job = campaign().jobs.get(id);
      if (job === undefined) return null;
      const retries = Object.fromEntries(job.attempts.map(({ run }) => [run.id, run.settings.retry]));
      const attempts = job.attempts.map(attemptView);
      return { job: jobView(job), spec: specOf(job), attempts, moves: [...job.moves], retries };
    },
    events: async ({ limit, after }) => {
      const events = campaign().events.slice(after, after + limit);
      return { events, next: events.length < limit ? null : after + limit };
    },
    failures: async (page) => {
      const { items, next } = cut(pastFailures(campaign()), page);
      return { failures: items, next };
    },
    open: async (page) => {
      const { items, next } = cut(openJobs(campaign()), page);
      return { jobs: items.map(specOf), next };
    },
  };
}

function twinsOf({ store }: Handle, campaign: CampaignRecord): Awaited<ReturnType<CampaignViews["twins"]>> {
  return [...campaign.jobs.values()].flatMap((job) => {
    const isOpen = ["pending", "deferred", "held"].includes(shownState(job.place));
    if (job.account === null || job.spec.allowRepost || !isOpen) return [];
    const hash = store.media.get(job.spec.media)?.hash ?? null;
    const twin = twinOf(job.account, { job, hash, own: null });
    return twin === null ? [] : [{ job: job.spec.id, twin: twin === "duplicate" ? twin : ("unconfirmed" as const) }];
  });
}

/** `after` counts entries: the list is in one order for as long as nobody writes. */
function cut<T>(all: readonly T[], { limit, after }: Page): { items: T[]; next: number | null } {
  const items = all.slice(after, after + limit);
  return { items, next: after + limit < all.length ? after + limit : null };
}

function specOf(job: JobRecord) {
  return { ...job.spec, account: job.account?.name ?? null, platform: job.platform };
}

function openJobs(campaign: CampaignRecord): JobRecord[] {
  return [...campaign.jobs.values()]
    .filter((job) => job.inScope && ["pending", "deferred", "held"].includes(shownState(job.place)))
    .sort((a, b) => (isBefore(a, b) ? -1 : 1));
}

function isWanted(job: JobRecord, { states, category, account, cause, ids }: JobFilter): boolean {
  return (
    (states === undefined || states.includes(shownState(job.place))) &&
    (category === undefined || job.failure?.category === category) &&
    (cause === undefined || isOfCause(job, cause)) &&
    (account === undefined || job.account?.name === account) &&
    (ids === undefined || ids.includes(job.spec.id))
  );
}

/** By its id, or by its word. */
function isOfCause(job: JobRecord, cause: string): boolean {
  if (!job.campaign.causes.has(causeId(cause))) return job.failure?.cause === cause;
  return job.lastCause?.id === cause && job.place.state !== "success" && job.place.state !== "skipped";
}

function jobView(job: JobRecord): JobView {
  const { place, failure } = job;
  const wakes = place.state === "deferred" || place.state === "waiting" ? place.until : null;
  return {
    id: job.spec.id,
    account: job.account?.name ?? null,
    platform: job.platform,
    media: job.spec.media,
    caption: job.spec.caption,
    state: shownState(place),
    category: failure?.category ?? null,
    cause: failure?.cause ?? null,
    message: failure?.message ?? null,
    causeId: job.lastCause?.id ?? null,
    heldBy: place.state === "held" ? place.by : null,
    wakeAt: wakes,
    wakeReason: wakeReason(job),
    attempts: job.attempts.length,
    url: job.url,
    source: job.source,
    priority: job.spec.priority,
    notBefore: job.spec.notBefore,
    notAfter: job.spec.notAfter,
    allowRepost: job.spec.allowRepost,
    isInScope: job.inScope,
  };
}

function wakeReason({ place }: JobRecord): string | null {
  if (place.state === "deferred" || place.state === "skipped") return place.reason;
  return place.state === "waiting" ? "rate_limited" : null;
}

function attemptView(attempt: AttemptRecord): AttemptView {
  const { id, run, pass, worker, device, state, step, startedAt, endedAt, charge } = attempt;
  const ended = attempt.ended ?? state;
  const failure = state.phase === "failed" || state.phase === "unconfirmed" ? state.failure : null;
  return {
    attempt: id,
    run: run.id,
    pass,
    worker,
    device,
    phase: state.phase,
    step,
    startedAt,
    endedAt,
    charge,
    failure,
    evidence: failure?.evidence ?? null,
    causeId: attempt.cause?.id ?? null,
    url: state.phase === "posted" ? state.url : null,
    reason: state.phase === "cancelled" ? state.reason : null,
    endedAs: ended.phase,
    endedOf: ended.phase === "failed" || ended.phase === "unconfirmed" ? ended.failure : null,
  };
}

function pastFailures(campaign: CampaignRecord): PastFailure[] {
  const attempts = [...campaign.jobs.values()].flatMap((job) => job.attempts);
  return attempts
    .sort((a, b) => a.startedAt - b.startedAt)
    .flatMap(({ id, job, account, state, endedAt }) =>
      state.phase === "failed" || state.phase === "unconfirmed"
        ? [
            {
              attempt: id,
              job: job.spec.id,
              account: account.name,
              phase: state.phase,
              endedAt,
              failure: state.failure,
            },
          ]
        : [],
    );
}

function runView(run: RunRecord, { now }: Handle): RunView {
  return {
    run: run.id,
    isOpen: run.isOpen,
    pass: run.passes.length,
    maxPasses: run.maxPasses,
    workers: run.settings.workers,
    delayUntil: run.wait?.until ?? null,
    isPaused: run.isPaused,
    isStopping: run.isStopping,
    holder: run.holder,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    result: run.result,
    exitCode: run.exitCode,
    attempts: run.attempts,
    passes: run.passes.map((p) => p.closed ?? recordOf(p, run.result ?? "interrupted", run.endedAt ?? now)),
  };
}
