import { advance } from "../../core/attempt.ts";
import type { Claim, ClaimRef, GoAnswer, KnownMedia } from "../../core/claim.ts";
import { attemptId, fence, passNo } from "../../core/ids.ts";
import type { NoGo } from "../../core/poster-end.ts";
import type { RunSettings } from "../../core/settings.ts";
import type { ClaimAnswer, ClaimDesk, SlotInfo } from "../ledger.ts";
import { attemptPublishing, attemptStarted, attemptStep } from "../ledger-events.ts";
import { accountLimits, bestPeek } from "../ledger-rules.ts";
import { demandOf, findEligible } from "./eligible.ts";
import { campaignOf, type Handle, mustRun, type Tx } from "./handle.ts";
import { factsOf, readAlike, rememberMedia, twinOf, unreadOf, voidPost, writeIntent } from "./posts.ts";
import { attemptRef, settleAttempt } from "./settle.ts";
import { move } from "./standing.ts";
import type { AccountRecord, AttemptRecord, CampaignRecord, JobRecord, MemoryStore } from "./store.ts";

const FENCED: GoAnswer = { go: false, reason: "fenced" };

export function openClaimDesk(handle: Handle, name: string): ClaimDesk {
  const write = <T>(work: (tx: Tx, campaign: CampaignRecord) => T) =>
    handle.write((tx) => work(tx, campaignOf(tx.store, name)));
  return {
    peek: (settings, devices, phones) =>
      write((tx, campaign) => bestPeek(devices, (device) => findEligible(tx, { campaign, settings, device, phones }))),
    demand: () => write((tx, campaign) => demandOf(tx, campaign)),
    claim: (slot, settings) =>
      write((tx, campaign) => claim(tx, campaign, { slot, settings, readsUnread: handle.files !== null })),
    async recordMedia(ref, media) {
      const account = handle.store.attempts.get(ref.attempt)?.account;
      const { files } = handle;
      const alike = files === null || account === undefined ? [] : await readAlike(account, media, files);
      return write((tx) => {
        for (const other of alike) rememberMedia(tx.store, other.path, other.media);
        return recordMedia(tx, ref, media);
      });
    },
    spoke: (ref) => write((tx) => hear(tx, ref)),
    step: (ref, step) => write((tx) => noteStep(tx, ref, step)),
    markPublishing: (ref, { baseline }, settings) => write((tx) => markPublishing(tx, ref, { baseline, settings })),
    settle: (ref, settlement) => write((tx, campaign) => settleAttempt(tx, campaign, { ref, settlement })),
  };
}

function claim(
  tx: Tx,
  campaign: CampaignRecord,
  { slot, settings, readsUnread }: { slot: SlotInfo; settings: RunSettings; readsUnread: boolean },
): ClaimAnswer {
  const found = findEligible(tx, { campaign, settings, device: slot.device, phones: slot.phones });
  if (found.next !== "found") return found;
  const attempt = beginAttempt(tx, found, slot);
  // told again by the worker, so that imported posts that may be the same file are read before its go
  const isToldAgain = readsUnread && !found.job.spec.allowRepost && unreadOf(found.account).length > 0;
  const media = isToldAgain ? null : (tx.store.media.get(found.job.spec.media) ?? null);
  const isOpaque = slot.asOpaque && media !== null;
  if (isOpaque) commitOpaque(tx, attempt, { media, zone: found.limits.zone });
  found.account.zone = found.limits.zone;
  const answer = claimOf(attempt, media, isOpaque);
  tx.emit(attemptStarted(answer), campaign);
  return { next: "claimed", claim: answer };
}

function beginAttempt(tx: Tx, { job, account }: { job: JobRecord; account: AccountRecord }, slot: SlotInfo) {
  const run = mustRun(job.campaign);
  const pass = run.passes.at(-1);
  job.fence = fence(job.fence + 1);
  const attempt: AttemptRecord = {
    id: attemptId(`${run.id}.${++run.attempts}`),
    fence: job.fence,
    run,
    pass: pass?.number ?? passNo(1),
    job,
    account,
    worker: slot.worker,
    device: slot.device,
    startedAt: tx.now,
    asOpaque: slot.asOpaque,
    state: { phase: "running", step: "starting", opaque: false },
    step: "starting",
    media: null,
    post: null,
    endedAt: null,
    charge: null,
    cause: null,
    ended: null,
  };
  tx.store.attempts.set(attempt.id, attempt);
  if (slot.device !== null) tx.store.devices.set(slot.device, attempt);
  account.inFlight = attempt;
  job.attempts.push(attempt);
  pass?.attempts.push(attempt);
  move(job, { state: "claimed" });
  return attempt;
}

function claimOf(attempt: AttemptRecord, media: KnownMedia | null, opaque: boolean): Claim {
  const { id, run, pass, job, account, worker, device, startedAt } = attempt;
  return {
    attempt: id,
    fence: attempt.fence,
    run: run.id,
    pass,
    job: { ...job.spec, account: account.name, platform: account.platform },
    worker,
    device,
    spent: job.spent,
    startedAt,
    media,
    opaque,
  };
}

function commitOpaque(tx: Tx, attempt: AttemptRecord, { media, zone }: { media: KnownMedia; zone: string }): void {
  attempt.media = media;
  writeIntent(attempt, null, { ...tx, zone });
  attempt.state = { phase: "running", step: attempt.step, opaque: true };
}

function recordMedia(tx: Tx, ref: ClaimRef, media: KnownMedia): GoAnswer {
  const attempt = liveAttempt(tx.store, ref);
  // past its intent the media is settled: nothing may turn that back
  if (attempt?.state.phase !== "running") return FENCED;
  rememberMedia(tx.store, attempt.job.spec.media, media);
  attempt.media = media;
  const { settings } = attempt.run;
  const against = twin(attempt) ?? (attempt.asOpaque ? nowAgainst(tx, attempt, settings) : null);
  if (against !== null) {
    withdraw(attempt);
    return { go: false, reason: against };
  }
  const { zone } = accountLimits(settings, attempt.account.settings);
  if (attempt.asOpaque) commitOpaque(tx, attempt, { media, zone });
  return { go: true };
}

/** The attempt, if it is still the one that holds its job. */
function liveAttempt(store: MemoryStore, ref: ClaimRef): AttemptRecord | null {
  const attempt = store.attempts.get(ref.attempt);
  if (attempt === undefined || attempt.fence !== ref.fence) return null;
  return attempt.account.inFlight === attempt ? attempt : null;
}

function twin({ account, job, media, post }: AttemptRecord): NoGo | null {
  return twinOf(account, { job, hash: media?.hash ?? null, own: post });
}

/** What else stands against an intent now: a hold, the job's time, the day's limit. */
function nowAgainst(tx: Tx, { account, job, post }: AttemptRecord, settings: RunSettings): NoGo | null {
  if (account.hold !== null) return "account_held";
  if (job.spec.notAfter !== null && tx.now > job.spec.notAfter) return "too_late";
  const limits = accountLimits(settings, account.settings);
  const { postsToday } = factsOf(account, limits, { ...tx, own: post });
  return limits.daily > 0 && postsToday >= limits.daily ? "limit" : null;
}

/** A silent poster's intent is gone as soon as it speaks, or is refused. */
function withdraw(attempt: AttemptRecord): void {
  if (attempt.state.phase !== "running") return;
  voidPost(attempt);
  attempt.state = advance(attempt.state, { type: "spoke" });
}

function hear(tx: Tx, ref: ClaimRef): void {
  const attempt = liveAttempt(tx.store, ref);
  if (attempt === null) return;
  attempt.asOpaque = false;
  withdraw(attempt);
}

function noteStep(tx: Tx, ref: ClaimRef, step: string): void {
  const attempt = liveAttempt(tx.store, ref);
  if (attempt?.state.phase !== "running") return;
  attempt.step = step;
  attempt.state = { ...attempt.state, step };
  tx.emit(attemptStep(attemptRef(attempt), step), attempt.job.campaign);
}

function markPublishing(
  tx: Tx,
  ref: ClaimRef,
  { baseline, settings }: { baseline: string | null; settings: RunSettings },
): GoAnswer {
  const attempt = liveAttempt(tx.store, ref);
  // a second go could be a second tap
  if (attempt?.state.phase !== "running") return FENCED;
  const against = twin(attempt) ?? nowAgainst(tx, attempt, settings);
  if (against !== null) return { go: false, reason: against };
  writeIntent(attempt, baseline, { ...tx, zone: accountLimits(settings, attempt.account.settings).zone });
  attempt.state = advance(attempt.state, { type: "publishing" });
  attempt.step = "publishing";
  tx.emit(attemptPublishing(attemptRef(attempt)), attempt.job.campaign);
  return { go: true };
}
