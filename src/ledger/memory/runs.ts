import { passNo, runId } from "../../core/ids.ts";
import { earliest } from "../../core/limits.ts";
import type { PassResult } from "../../core/pass.ts";
import type { Reached } from "../../core/poster-end.ts";
import { NOTHING_SPENT, type RetryPolicy } from "../../core/retry.ts";
import type { RunSettings } from "../../core/settings.ts";
import { tally } from "../../core/tally.ts";
import type { Holder, OpenAttempt, OpenedRun, PassWait, RunBook } from "../ledger.ts";
import { causeSummary, passSummary } from "../ledger-events.ts";
import { failedStanding, isTakenUp, SUMMED_UP } from "../ledger-rules.ts";
import { causesOf } from "./causes.ts";
import { dealJobs } from "./deal.ts";
import { wakeDue } from "./eligible.ts";
import { readFacts } from "./facts.ts";
import { campaignOf, type Handle, mustRun, openRunOf, type Tx } from "./handle.ts";
import { isInScope } from "./intake.ts";
import { recordOf, statsOf } from "./pass-stats.ts";
import { change, move, PENDING, putBack, setAccounts, WITH_ACCOUNT } from "./standing.ts";
import type { AttemptRecord, CampaignRecord, JobRecord, RunRecord } from "./store.ts";
import { uncharge } from "./uncharge.ts";

type Start = { settings: RunSettings; holder: Holder; simulated: boolean };

export function openRunBook(handle: Handle, name: string): RunBook {
  const campaign = () => campaignOf(handle.store, name);
  return {
    open: (start) => handle.write((tx) => openRun(tx, campaign(), start)),
    reign: () => handle.reign(name),
    reigns: async () => handle.lostReign() === null,
    settings: async () => campaign().runs.at(-1)?.settings ?? null,
    deal: (accounts) => handle.write((tx) => dealJobs(tx, campaign(), accounts)),
    openAttempts: async () => openAttemptsOf(campaign()),
    openPass: (maxPasses) => handle.write((tx) => openPass(tx, campaign(), maxPasses)),
    requeue: (policy) => handle.write((tx) => requeue(tx, campaign(), policy)),
    wake: () => handle.write((tx) => wake(tx, campaign())),
    facts: async (policy, verifies) => readFacts(campaign(), { policy, verifies, now: handle.now }),
    stats: async (pass) => statsOf(mustRun(campaign()), pass),
    closePass: (pass, result, wait) => handle.write((tx) => closePass(tx, campaign(), { pass, result, wait })),
    setDelay: (wait) =>
      handle.write(() => {
        mustRun(campaign()).wait = wait;
      }),
    countFrom: (pass) =>
      handle.write(() => {
        mustRun(campaign()).base = pass;
      }),
    finish: (result, exitCode) => handle.write((tx) => finish(tx, campaign(), { result, exitCode })),
    uncharge: (attempts, event) => handle.write((tx) => uncharge(tx, campaign(), { attempts, event })),
    record: (event) => handle.write((tx) => tx.emit(event, campaign())),
    takeCommands: () => handle.write(() => takeCommands(campaign())),
    markStopping: () =>
      handle.write(() => {
        mustRun(campaign()).isStopping = true;
      }),
  };
}

function openRun(tx: Tx, campaign: CampaignRecord, start: Start): OpenedRun {
  const { settings, holder, simulated } = start;
  setAccounts(tx.store, campaign, settings.knownAccounts);
  applyScope(campaign, settings.accounts);
  campaign.commands = []; // sent to an earlier start
  const open = openRunOf(campaign);
  const opened = open === null ? beginRun(tx, campaign, start) : resumeRun(campaign, open, start);
  for (const job of campaign.jobs.values()) lookAgain(tx, job);
  const { total } = tally([...campaign.tally.values()]);
  const common = { campaign: campaign.name, pid: holder.pid, workers: settings.workers, total, simulated };
  if (opened.resumed) tx.emit({ type: "run.resumed", ...common, pass: opened.pass }, campaign);
  else tx.emit({ type: "run.started", ...common }, campaign);
  return opened;
}

/** `--accounts`: jobs of others do not count for this run. */
function applyScope(campaign: CampaignRecord, accounts: readonly string[] | null): void {
  campaign.scope = accounts;
  for (const job of campaign.jobs.values()) change(job, { inScope: isInScope(campaign, job.account?.name ?? null) });
}

function beginRun(tx: Tx, campaign: CampaignRecord, { settings, holder, simulated }: Start): OpenedRun {
  const run: RunRecord = {
    id: runId(`run-${++tx.store.counters.run}`),
    simulated,
    startedAt: tx.now,
    settings,
    holder,
    isOpen: true,
    isPaused: false,
    isStopping: false,
    endedAt: null,
    wait: null,
    base: 0,
    result: null,
    exitCode: null,
    maxPasses: settings.passes.maxPasses,
    attempts: 0,
    passes: [],
  };
  campaign.runs.push(run);
  for (const job of campaign.jobs.values()) takeUp(job, settings.retryAllFailed);
  return {
    run: run.id,
    resumed: false,
    pass: 0,
    isPassOpen: false,
    base: 0,
    wait: null,
    before: null,
  };
}

/** What failed for the infrastructure's sake in earlier runs; budgets are a run's. */
function takeUp(job: JobRecord, retryAllFailed: boolean): void {
  job.spent = NOTHING_SPENT;
  const { place, failure, isImported } = job;
  if (place.state !== "failed" || failure === null || !job.inScope || job.account?.hold != null) return;
  if (!isTakenUp({ category: failure.category, isImported }, retryAllFailed)) return;
  job.isImported = false;
  move(job, PENDING);
}

/** Those that `--retry-all-failed` takes, with fresh budgets; the others keep theirs. */
function retryFailed(campaign: CampaignRecord): void {
  for (const job of campaign.jobs.values()) {
    const { spent, place } = job;
    takeUp(job, true);
    if (job.place === place) job.spent = spent;
  }
}

function resumeRun(campaign: CampaignRecord, run: RunRecord, { settings, holder }: Start): OpenedRun {
  const { settings: before, wait, base } = run;
  const last = run.passes.at(-1);
  const { maxPasses } = settings.passes;
  // said anew: tried again once, as by `jobs retry`; said again by a restart it gives no budget back
  if (settings.retryAllFailed && !before.retryAllFailed) retryFailed(campaign);
  Object.assign(run, {
    settings,
    holder,
    maxPasses,
    isPaused: false,
    isStopping: false,
    endedAt: null,
    result: null,
    exitCode: null,
  });
  const isPassOpen = last !== undefined && last.closed === null;
  return { run: run.id, resumed: true, pass: last?.number ?? 0, isPassOpen, base, wait, before };
}

/** A new start may bring other limits, and a mended set-up: what they held back is looked at again. */
function lookAgain(tx: Tx, job: JobRecord): void {
  const { place } = job;
  const isLimited = place.state === "deferred" && place.reason !== "rate_limited";
  const isDue = (place.state === "deferred" || place.state === "waiting") && place.until <= tx.now;
  if (place.state === "parked" || isLimited || isDue) putBack(tx, job);
}

function openAttemptsOf(campaign: CampaignRecord): OpenAttempt[] {
  return [...campaign.jobs.values()].flatMap(({ attempts, place }) => {
    const last = attempts.at(-1);
    return place.state === "claimed" && last !== undefined ? [openAttempt(last)] : [];
  });
}

function openAttempt(attempt: AttemptRecord): OpenAttempt {
  const { id, fence, job, account, worker, device, step, startedAt } = attempt;
  return {
    attempt: id,
    fence,
    job: job.spec.id,
    account: account.name,
    worker,
    device,
    reached: reachedOf(attempt),
    step,
    spent: job.spent,
    startedAt,
  };
}

function reachedOf({ state }: AttemptRecord): Reached {
  if (state.phase === "publishing") return "publishing";
  return state.phase === "running" && state.opaque ? "opaque" : "before";
}

function openPass(tx: Tx, campaign: CampaignRecord, maxPasses: number) {
  const run = mustRun(campaign);
  run.maxPasses = maxPasses;
  const last = run.passes.at(-1);
  const total_jobs = nowPending(campaign);
  const number = passNo(last === undefined ? 1 : last.closed === null ? last.number : last.number + 1);
  if (number !== last?.number) {
    run.passes.push({ number, totalJobs: total_jobs, openedAt: tx.now, attempts: [], closed: null });
    run.wait = null;
  }
  tx.emit({ type: "pass.started", pass: number, max_passes: maxPasses, total_jobs }, campaign);
  return number;
}

/** Jobs that a pass could try: those without account have nobody to post them. */
function nowPending(campaign: CampaignRecord): number {
  let n = 0;
  for (const job of campaign.pending) if (job.inScope && job.account !== null) n++;
  return n;
}

function requeue(tx: Tx, campaign: CampaignRecord, policy: RetryPolicy): number {
  wakeDue(tx, campaign);
  for (const job of campaign.jobs.values()) {
    const { place, failure, isImported, spent, inScope } = job;
    if (place.state === "parked") putBack(tx, job);
    if (place.state !== "failed" || failure === null || !inScope) continue;
    const standing = failedStanding({ category: failure.category, isImported, spent }, policy, false);
    if (standing !== "retryable") continue;
    if (job.account?.hold == null) move(job, PENDING);
    else move(job, WITH_ACCOUNT);
  }
  return nowPending(campaign);
}

function wake(tx: Tx, campaign: CampaignRecord) {
  const woken = wakeDue(tx, campaign);
  let nextAt = null;
  for (const { place, inScope } of campaign.asleep)
    if (inScope && (place.state === "deferred" || place.state === "waiting")) nextAt = earliest(nextAt, place.until);
  return { woken, nextAt };
}

type Closing = { pass: number; result: PassResult; wait: PassWait | undefined };

function closePass(tx: Tx, campaign: CampaignRecord, { pass, result, wait }: Closing): void {
  const run = mustRun(campaign);
  const entry = run.passes.find((p) => p.number === pass);
  if (entry === undefined || entry.closed !== null) return;
  entry.closed = recordOf(entry, result, tx.now);
  if (wait !== undefined) run.wait = wait;
  tx.emit(passSummary(entry.closed), campaign);
}

function finish(tx: Tx, campaign: CampaignRecord, { result, exitCode }: { result: PassResult; exitCode: number }) {
  const run = mustRun(campaign);
  const pass_history = run.passes.map((p) => p.closed ?? recordOf(p, result, tx.now));
  const event = {
    type: "run.finished" as const,
    campaign: campaign.name,
    final_result: result,
    exit_code: exitCode,
    pass_count: run.passes.length,
    ...tally([...campaign.tally.values()]),
    attempts: run.attempts,
    pass_history,
    causes: causesOf(campaign, SUMMED_UP).map(causeSummary),
  };
  tx.emit(event, campaign);
  const goesOn = result === "interrupted" || result === "halted";
  const wait = goesOn ? run.wait : null;
  Object.assign(run, { isOpen: goesOn, endedAt: tx.now, result, exitCode, wait });
  return event;
}

function takeCommands(campaign: CampaignRecord) {
  const taken = campaign.commands;
  campaign.commands = [];
  const run = openRunOf(campaign);
  for (const { type } of taken)
    if (run !== null && (type === "pause" || type === "resume")) run.isPaused = type === "pause";
  return taken;
}
