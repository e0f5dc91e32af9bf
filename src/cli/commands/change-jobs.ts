// A person changes jobs: a fixed list is shown, agreed to, and done to exactly that list.
import { RepriseError } from "../../core/errors.ts";
import type { JobId } from "../../core/ids.ts";
import type { JobState } from "../../core/job.ts";
import type { CampaignLedger, DeskReport, JobDesk, JobFilter, JobView } from "../../ledger/ledger.ts";
import { harmless } from "../../report/harmless.ts";
import { count, table } from "../../report/words.ts";
import { agreed, type Call, say, sayJson, withLedger } from "../cli.ts";
import { type FilterFlags, filterOf, jobRow, matching } from "./job-words.ts";

/** Who did it, in the ledger. */
export const BY = "person";

export type Change = {
  /** `hold`, as in "To hold: 3 jobs". */
  verb: string;
  /** `held`, as in "3 jobs held." */
  done: string;
  /** States it is meant for when jobs are chosen by other marks than their status. */
  states: JobState[];
  /** A wrong answer may post twice. */
  isSevere: boolean;
  apply(desk: JobDesk, ids: readonly JobId[]): Promise<DeskReport>;
};

/** @returns the exit code: 2 when nothing at all could be done */
export async function changeJobs(
  call: Call,
  change: Change,
  ids: readonly string[],
  flags: FilterFlags,
): Promise<number> {
  const filter = filterOf(flags, ids);
  if (Object.keys(filter).length === 0) {
    throw new RepriseError(
      "usage",
      `${change.verb}: name jobs, or choose them with --status, --category, --account or --cause`,
    );
  }
  if (ids.length === 0 && filter.states === undefined) filter.states = change.states;
  return withLedger(call, async (_ledger, campaign) => {
    const jobs = await chosen(campaign, filter, ids);
    if (jobs.length > 0 && !call.json) call.cli.terminal.err(`${listing(jobs, change).join("\n")}\n`);
    if (jobs.length > 0 && !(await agreed(call, question(jobs, change)))) return 0;
    const list = jobs.map((job) => job.id);
    return told(call, change, jobs.length === 0 ? { done: [], refused: [] } : await change.apply(campaign.desk, list));
  });
}

/** A filter never takes unconfirmed jobs; one that is named is refused by the ledger, with the reason. */
async function chosen(campaign: CampaignLedger, filter: JobFilter, ids: readonly string[]): Promise<JobView[]> {
  const jobs: JobView[] = [];
  for await (const job of matching(campaign, filter, Number.POSITIVE_INFINITY)) {
    if (job.state !== "unconfirmed" || ids.length > 0) jobs.push(job);
  }
  const known = new Set<string>(jobs.map((job) => job.id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length === 0) return jobs;
  throw new RepriseError("usage", `no such job: ${unknown.join(", ")}. All: reprise jobs list`);
}

const SHOWN = 20;

function listing(jobs: readonly JobView[], change: Change): string[] {
  const accounts = new Set(jobs.map((job) => job.account)).size;
  const hidden = jobs.length - SHOWN;
  return [
    `To ${change.verb}: ${count(jobs.length, "job")} of ${count(accounts, "account")}`,
    ...table(jobs.slice(0, SHOWN).map((job) => ["", ...jobRow(job)])),
    ...(hidden > 0 ? [`  ... and ${hidden} more`] : []),
  ];
}

function question(jobs: readonly JobView[], change: Change): { what: string; typed?: string } {
  const what = `${change.verb} ${count(jobs.length, "job")}`;
  if (!change.isSevere) return { what };
  const typed = jobs.length === 1 ? (jobs[0]?.account ?? "yes") : String(jobs.length);
  return { what: `${what} (a wrong answer posts twice)`, typed };
}

function told(call: Call, change: Change, report: DeskReport): number {
  if (call.json) sayJson(call, "jobs", { done: report.done, refused: report.refused });
  else if (report.done.length > 0) say(call, [`${count(report.done.length, "job")} ${change.done}.`]);
  else if (report.refused.length === 0) say(call, ["No such jobs."]);
  for (const { job, why } of report.refused) call.cli.terminal.err(`left alone: ${harmless(job)}: ${harmless(why)}\n`);
  return report.done.length === 0 && report.refused.length > 0 ? 2 : 0;
}
