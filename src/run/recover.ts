// What a crash left: ends that workers put into their outbox, then attempts whose workers are gone (3-semantics 3.7).
import type { RuleBook } from "../core/classify.ts";
import type { AttemptId, Fence, JobId } from "../core/ids.ts";
import type { PosterEnd } from "../core/poster-end.ts";
import { settleDead, settleEnd } from "../core/settle-end.ts";
import { failpoint } from "../failpoint/failpoint.ts";
import type { Clock } from "../host/host.ts";
import type { CampaignLedger, OpenAttempt } from "../ledger/ledger.ts";

/** Ends left by workers that outlived their orchestrator. */
export interface Outbox {
  /** `job`: an older version did not say it. */
  read(): Promise<{ file: string; attempt: AttemptId; fence: Fence; job: JobId | null; end: PosterEnd }[]>;
  drop(file: string): Promise<void>;
}

export type Recovered = { fromOutbox: number; pending: number; unconfirmed: number };

/**
 * Settles every attempt that no settlement has ended. Call it only when the processes of earlier starts are gone.
 *
 * Before the intent: pending again, uncharged (our own crash). From the intent on: unconfirmed, unless the outbox knows better.
 */
export async function recover(
  ledger: CampaignLedger,
  outbox: Outbox,
  clock: Clock,
  book: RuleBook,
): Promise<Recovered> {
  const open = new Map((await ledger.runs.openAttempts()).map((a) => [a.attempt as string, a]));
  const recovered: Recovered = { fromOutbox: 0, pending: 0, unconfirmed: 0 };
  for (const item of await outbox.read()) {
    const attempt = open.get(item.attempt);
    if (attempt !== undefined && item.job !== null && item.job !== attempt.job) {
      await tellForeign(ledger, { ...item, job: item.job });
      continue;
    }
    if (await settleFromOutbox(ledger, item, { attempt, clock, book })) {
      open.delete(item.attempt);
      recovered.fromOutbox++;
      failpoint("outbox.settled");
      await outbox.drop(item.file);
    }
  }
  for (const attempt of open.values()) {
    const settlement = settleDead(attempt.reached, attempt.spent, clock.now());
    await ledger.claims.settle(attempt, settlement);
    failpoint("crash.settled");
    if (settlement.attempt.phase === "unconfirmed") recovered.unconfirmed++;
    else recovered.pending++;
  }
  return recovered;
}

type Item = Awaited<ReturnType<Outbox["read"]>>[number];

/** The ledger was put back by hand since, and has given the attempt's id out again. */
async function tellForeign(ledger: CampaignLedger, { file, attempt, job }: Item & { job: JobId }): Promise<void> {
  const message = `${file}: tells of job ${job}, and here ${attempt} is another job's. If ${job} is posted: reprise jobs mark-posted ${job}; then delete the file`;
  await ledger.runs.record({ type: "warning", code: "outbox_foreign", message });
}

/** `false`: not of this campaign; its own next start takes it. */
async function settleFromOutbox(
  ledger: CampaignLedger,
  item: Item,
  { attempt, clock, book }: { attempt: OpenAttempt | undefined; clock: Clock; book: RuleBook },
): Promise<boolean> {
  const spent = attempt?.spent ?? { infrastructure: 0, unknown: 0, rateLimits: 0 };
  // settled already, yet its worker never heard so: an old report, refused by its fence
  const reached = attempt === undefined ? "publishing" : reachedBy(attempt, item.end);
  const { settlement } = settleEnd({ reached, end: item.end, spent, now: clock.now(), cancelledAs: "own_crash", book });
  return ledger.claims.settle({ ...item, of: item.job }, settlement).then(
    () => true,
    (error) => {
      if (attempt === undefined) return false;
      throw error;
    },
  );
}

/** An opaque intent was withdrawn by the poster's first word, even if nobody was left to write that down. */
function reachedBy({ reached }: OpenAttempt, end: PosterEnd): OpenAttempt["reached"] {
  return reached === "opaque" && end.spoke && !end.gotGo ? "before" : reached;
}
