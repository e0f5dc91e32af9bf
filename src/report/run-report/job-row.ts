// A job of the campaign as a row of a report: how it stands, and what the run did with it.
import type { JobView } from "../../ledger/ledger.ts";
import type { RunReport } from "./run-report.ts";

export type JobRow = {
  job: string;
  account: string;
  platform: string;
  media: string;
  caption: string;
  /** As `jobs list` has it: `success`, `failed`, `unconfirmed`, `held` ... */
  status: string;
  category: string;
  cause: string;
  message: string;
  attempts: number;
  /** In this run, ms. */
  durationMs: number;
  endedAt: string;
  url: string;
};

const STATUS = { posted: "success", failed: "failed", unconfirmed: "unconfirmed", open: "pending" } as const;

/**
 * @param isLast  the run is the campaign's last, so that jobs stand where it left them
 * @returns `null`: an earlier run did not touch it
 */
export function rowOf(job: JobView, report: RunReport, isLast: boolean): JobRow | null {
  const tried = report.jobs.get(job.id);
  if (tried === undefined && !isLast) return null;
  const { platform, media, caption } = job;
  const stood = isLast
    ? { status: job.state, category: job.category, cause: job.cause, message: job.message }
    : { status: STATUS[tried?.outcome ?? "open"], ...tried?.failure };
  return {
    job: job.id,
    account: job.account ?? "",
    platform,
    media,
    caption,
    status: stood.status,
    category: stood.category ?? "",
    cause: stood.cause ?? "",
    message: stood.message ?? "",
    attempts: tried?.attempts ?? 0,
    durationMs: tried?.durationMs ?? 0,
    endedAt: tried?.endedAt ?? "",
    url: tried?.url ?? job.url ?? "",
  };
}
