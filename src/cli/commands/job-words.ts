// How a job is chosen on the command line, and how it reads there.
import { RepriseError } from "../../core/errors.ts";
import { CATEGORIES } from "../../core/failure.ts";
import { jobId } from "../../core/ids.ts";
import { JOB_STATES } from "../../core/job.ts";
import type { CampaignLedger, JobFilter, JobView } from "../../ledger/ledger.ts";
import { brief, harmless } from "../../report/harmless.ts";
import { moment } from "../../report/words.ts";

export type FilterFlags = { status?: string; category?: string; account?: string; cause?: string };

/** Throws `usage` for a word that is none. */
export function filterOf(flags: FilterFlags, ids: readonly string[]): JobFilter {
  const filter: JobFilter = {};
  if (flags.status !== undefined)
    filter.states = flags.status.split(",").map((text) => oneOf("--status", text, JOB_STATES));
  if (flags.category !== undefined) filter.category = oneOf("--category", flags.category, CATEGORIES);
  if (flags.account !== undefined) filter.account = flags.account;
  if (flags.cause !== undefined) filter.cause = flags.cause;
  if (ids.length > 0) filter.ids = ids.map(jobId);
  return filter;
}

function oneOf<T extends string>(flag: string, text: string, allowed: readonly T[]): T {
  const word = allowed.find((a) => a === text);
  if (word !== undefined) return word;
  throw new RepriseError("usage", `${flag} is "${text}": must be ${allowed.join(", ")}`);
}

/** `--limit`: no flag = all. */
export function limitOf(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new RepriseError("usage", `--limit is "${text}": must be a whole number from 1`);
}

const PAGE = 500;

/** All jobs that match, page by page, at most `limit`. */
export async function* matching(campaign: CampaignLedger, filter: JobFilter, limit: number): AsyncGenerator<JobView> {
  let after: number | null = 0;
  let left = limit;
  while (after !== null && left > 0) {
    const page: Awaited<ReturnType<typeof campaign.views.jobs>> = await campaign.views.jobs(filter, {
      limit: Math.min(PAGE, left),
      after,
    });
    yield* page.jobs;
    left -= page.jobs.length;
    after = page.next;
  }
}

/** A job as scripts read it. */
export function jobJson(job: JobView): object {
  return {
    job: job.id,
    account: job.account,
    platform: job.platform,
    media: job.media,
    caption: job.caption,
    status: job.state,
    category: job.category,
    cause: job.cause,
    cause_id: job.causeId,
    message: job.message,
    held_by: job.heldBy,
    due_at: job.wakeAt === null ? null : new Date(job.wakeAt).toISOString(),
    due_reason: job.wakeReason,
    attempts: job.attempts,
    url: job.url,
    source: job.source,
  };
}

/** A line of a table: id, account, status, attempts, reason. */
export function jobRow(job: JobView): string[] {
  return [harmless(job.id), harmless(job.account ?? "-"), job.state, String(job.attempts), stateReason(job)];
}

const HELD_BY = { person: "by a person", account: "with its account", twin: "behind an unconfirmed twin" };

/** Why a job is where it is, in a few words. */
export function stateReason(job: JobView): string {
  if (job.state === "success") return harmless(job.url ?? "");
  if (job.state === "held") return job.heldBy === null ? "held" : `held ${HELD_BY[job.heldBy]}`;
  if (job.state === "deferred" && job.wakeAt !== null)
    return `${harmless(job.wakeReason ?? "")}, due ${moment(job.wakeAt)}`;
  if (job.category === null) return "";
  const cause = `${harmless(job.category)}/${harmless(job.cause ?? "")}`;
  return job.message === null ? cause : `${cause}: ${brief(job.message, 80)}`;
}
