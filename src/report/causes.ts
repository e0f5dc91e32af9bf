// Causes of failures as people and scripts read them.
import type { CauseSummary } from "../core/events.ts";
import type { CauseSample, CauseView } from "../ledger/ledger.ts";
import { brief, harmless } from "./harmless.ts";
import { count, moment, table } from "./words.ts";

/** A cause on the wire, as `status` and `causes list` have it. `jobs`, `accounts`: those that stand failed with it now. */
export function causeJson(cause: CauseView): object {
  return {
    id: cause.id,
    category: cause.category,
    cause: cause.cause,
    title: cause.title,
    state: cause.state,
    jobs: cause.jobs,
    unconfirmed: cause.unconfirmed,
    accounts: cause.accounts,
    failures_in_run: cause.inRun,
    failures: cause.failures,
    met: cause.met,
    only_device: cause.onlyDevice,
    first_seen: iso(cause.firstAt),
    last_seen: iso(cause.lastAt),
    resolved: cause.resolved === null ? null : { ...cause.resolved, at: iso(cause.resolved.at) },
  };
}

const iso = (at: number) => new Date(at).toISOString();

/** What a line of causes is made of: a view of the ledger, or what a finished run says. */
type Line = Pick<
  CauseView,
  "id" | "category" | "cause" | "title" | "state" | "jobs" | "unconfirmed" | "accounts" | "inRun" | "onlyDevice"
>;

/** As a finished run tells it. */
export function lineOf(said: CauseSummary): Line {
  const { cause_id, failures_in_run, only_device, ...same } = said;
  return { ...same, id: cause_id as CauseView["id"], inRun: failures_in_run, onlyDevice: only_device };
}

/** A table of causes: id, what stands with it, whom it met, its name, its text; new and regressed ones say so. */
export function causeTable(causes: readonly Line[]): string[] {
  return table(
    causes.map((c) => [
      harmless(c.id),
      stands(c),
      c.accounts > 0 ? count(c.accounts, "account") : "",
      c.state === "known" ? "" : c.state,
      `${harmless(c.category)}/${harmless(c.cause)}`,
      `${brief(c.title, 70)}${c.onlyDevice === null ? "" : `  (all on ${harmless(c.onlyDevice)})`}`,
    ]),
  );
}

function stands({ jobs, unconfirmed, inRun }: Line): string {
  const parts = [...(jobs > 0 ? [count(jobs, "job")] : []), ...(unconfirmed > 0 ? [`${unconfirmed} unconfirmed`] : [])];
  return parts.length > 0 ? parts.join(", ") : inRun > 0 ? `${count(inRun, "failure")}, no job left` : "none left";
}

/** One cause: what it is, whom it met, its newest failures, what to do about it. */
export function causeDetail(cause: CauseView, samples: readonly CauseSample[], prefix: string): string[] {
  const { met, resolved } = cause;
  return [
    `Cause ${harmless(cause.id)}: ${harmless(cause.category)}/${harmless(cause.cause)} (${cause.state})`,
    `  says      ${harmless(cause.title)}`,
    `  seen      first ${moment(cause.firstAt)}, last ${moment(cause.lastAt)}`,
    `  failures  ${cause.failures}, ${cause.inRun} of them in the last run`,
    `  met       ${count(met.jobs, "job")}, ${count(met.accounts, "account")}, ${cause.onlyDevice === null ? count(met.devices, "device") : `device ${harmless(cause.onlyDevice)} alone`}`,
    `  now       ${stands(cause)}`,
    ...(resolved === null
      ? []
      : [
          `  resolved  ${moment(resolved.at)} by ${harmless(resolved.by)}${resolved.note === null ? "" : `: ${harmless(resolved.note)}`}`,
        ]),
    ...(samples.length === 0 ? [] : ["Newest failures:", ...samples.map(sampleLine)]),
    ...next(cause, prefix),
  ];
}

function sampleLine({ job, account, device, at, message }: CauseSample): string {
  const where = device === null ? "" : ` on ${harmless(device)}`;
  return `  ${moment(at)}  ${harmless(job)}  ${harmless(account)}${where}: ${brief(message, 120)}`;
}

function next({ id, jobs, unconfirmed, resolved }: CauseView, prefix: string): string[] {
  const lines: string[] = [];
  if (unconfirmed > 0) lines.push(`${unconfirmed} may be live: ${prefix} jobs list --status unconfirmed --cause ${id}`);
  if (jobs > 0)
    lines.push(`Its jobs: ${prefix} jobs list --cause ${id}, then jobs retry --cause ${id} or jobs hold --cause ${id}`);
  if (resolved === null) lines.push(`Put right? ${prefix} causes resolve ${id}`);
  return lines;
}
