// jobs show and jobs why: one job, and the chain that led to where it is.
import type { Command } from "commander";
import { RepriseError } from "../../core/errors.ts";
import { jobId } from "../../core/ids.ts";
import type { JobSpec } from "../../core/job.ts";
import { mayRetry, NOTHING_SPENT, type RetryPolicy, type Spent } from "../../core/retry.ts";
import type { AttemptView, JobView } from "../../ledger/ledger.ts";
import { brief, harmless } from "../../report/harmless.ts";
import { count, duration, moment } from "../../report/words.ts";
import { type Bench, type Call, does, say, sayJson, withLedger } from "../cli.ts";
import { documented } from "../help.ts";
import { jobJson, stateReason } from "./job-words.ts";

type Detail = { job: JobView; spec: JobSpec; attempts: AttemptView[] };

export function addJobDetail(jobs: Command, bench: Bench): void {
  const show = jobs.command("show").argument("<JOB>");
  documented(show, { about: "one job with its attempts", examples: [["jobs show j17", ""]] });
  does(show, bench, (call, [id = ""]) => tell(call, id, showLines));

  const why = jobs.command("why").argument("<JOB>");
  documented(why, {
    about: "the chain of attempts, evidence, rules, budget and decision",
    examples: [["jobs why j17", "why is it not posted?"]],
  });
  does(why, bench, (call, [id = ""]) => tell(call, id, whyLines));
}

async function tell(call: Call, id: string, lines: (detail: Detail, policy: RetryPolicy) => string[]): Promise<number> {
  const detail = await withLedger(call, (_ledger, campaign) => campaign.views.job(jobId(id)));
  if (detail === null) throw new RepriseError("usage", `no such job: ${id}. All: reprise jobs list`);
  const policy = call.resolved.settings.retry;
  if (call.json) sayJson(call, "job", detailJson(detail, policy));
  else say(call, lines(detail, policy));
  return 0;
}

function detailJson({ job, spec, attempts }: Detail, policy: RetryPolicy): object {
  return {
    ...jobJson(job),
    priority: spec.priority,
    pool: spec.pool,
    not_before: iso(spec.notBefore),
    not_after: iso(spec.notAfter),
    allow_repost: spec.allowRepost,
    data: spec.data,
    tries: attempts.map(attemptJson),
    spent: spentOf(attempts),
    decision: decision(job, attempts, policy),
  };
}

function attemptJson(a: AttemptView): object {
  const { run, pass, worker, device, phase, step, charge, url } = a;
  const failure =
    a.failure === null
      ? null
      : { category: a.failure.category, cause: a.failure.cause, rule: a.failure.rule, why: a.failure.why };
  const evidence = a.evidence ?? a.failure?.evidence ?? null;
  return {
    attempt: a.attempt,
    run,
    pass,
    worker,
    device,
    phase,
    step,
    charge,
    url,
    started_at: iso(a.startedAt),
    ended_at: iso(a.endedAt),
    failure,
    evidence,
  };
}

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

/** What the attempts of the newest run have used up. */
function spentOf(attempts: readonly AttemptView[]): Spent {
  const spent = { ...NOTHING_SPENT };
  const run = attempts.at(-1)?.run;
  for (const { charge } of attempts.filter((a) => a.run === run)) {
    if (charge === "infrastructure" || charge === "unknown" || charge === "rateLimits") spent[charge]++;
  }
  return spent;
}

function showLines({ job, spec, attempts }: Detail): string[] {
  const why = stateReason(job);
  return [
    `Job ${harmless(job.id)}: ${job.state}${why === "" ? "" : ` (${why})`}`,
    `  account   ${harmless(job.account ?? "(not dealt yet)")}, platform ${harmless(job.platform)}`,
    `  media     ${harmless(job.media)}`,
    `  caption   ${brief(job.caption, 100)}`,
    `  from      ${harmless(job.source)}`,
    ...(spec.notBefore === null ? [] : [`  not before ${moment(spec.notBefore)}`]),
    ...(spec.notAfter === null ? [] : [`  not after ${moment(spec.notAfter)}`]),
    count(attempts.length, "attempt"),
    ...attempts.toReversed().map((a) => `  ${attemptLine(a)}`),
  ];
}

function attemptLine(a: AttemptView): string {
  const took = a.endedAt === null ? "still open" : duration(a.endedAt - a.startedAt);
  const where = `pass ${a.pass}, worker ${a.worker}${a.device === null ? "" : ` on ${harmless(a.device)}`}`;
  const why = a.failure === null ? "" : `: ${harmless(a.failure.category)}/${harmless(a.failure.cause)}`;
  return `${moment(a.startedAt)}  ${where}  ${a.phase} at ${harmless(a.step)} (${took})${why}`;
}

function whyLines({ job, attempts }: Detail, policy: RetryPolicy): string[] {
  const spent = spentOf(attempts);
  return [
    `Job ${harmless(job.id)} of ${harmless(job.account ?? "no account yet")} is ${job.state}.`,
    ...attempts.flatMap((a, i) => [`${i + 1}. ${attemptLine(a)}`, ...because(a).map((line) => `     ${line}`)]),
    `Budget of this run: infrastructure ${spent.infrastructure} of ${policy.infrastructure + 1}, unknown ${spent.unknown} of ${policy.unknown + 1} attempts; ${count(spent.rateLimits, "rate-limit answer")}`,
    `Decision: ${decision(job, attempts, policy)}`,
  ];
}

function because(a: AttemptView): string[] {
  if (a.failure === null) return a.url === null ? [] : [`url: ${harmless(a.url)}`];
  const { failure } = a;
  const facts = Object.entries(failure.evidence).filter(([key, value]) => key !== "message" && value !== undefined);
  return [
    `rule ${harmless(failure.rule)}: ${brief(failure.why, 200)}`,
    `evidence: ${brief(failure.evidence.message, 300)}`,
    ...(facts.length > 0
      ? [
          `facts: ${brief(facts.map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`).join(" "), 300)}`,
        ]
      : []),
    `charged to: ${a.charge ?? "nothing"}`,
  ];
}

/** What happens to it by itself, or what has to be done. */
function decision(job: JobView, attempts: readonly AttemptView[], policy: RetryPolicy): string {
  switch (job.state) {
    case "success":
      return "posted; nothing to do";
    case "skipped":
      return "this account has this media already; nothing to do (allow_repost on the job would change that)";
    case "claimed":
      return "being attempted now";
    case "pending":
      return "posted by the next pass or run";
    case "deferred":
      return job.wakeAt === null
        ? "waits"
        : `waits for ${harmless(job.wakeReason ?? "its time")} until ${moment(job.wakeAt)}`;
    case "unconfirmed":
      return `may be live, so it is never tried again by itself: reprise verify ${harmless(job.id)}, or look and use jobs mark-posted or mark-not-posted`;
    case "held":
      return job.heldBy === "account"
        ? `waits for its account: reprise accounts release ${harmless(job.account ?? "")}`
        : job.heldBy === "twin"
          ? "waits until its unconfirmed twin is settled"
          : `waits for a person: reprise jobs release ${harmless(job.id)}`;
    case "failed":
      return failedDecision(job, attempts, policy);
  }
}

function failedDecision(job: JobView, attempts: readonly AttemptView[], policy: RetryPolicy): string {
  const { category } = job;
  if (category !== "infrastructure" && category !== "unknown")
    return `a retry would not help (${category ?? "no category"}); after a change: reprise jobs retry ${harmless(job.id)}`;
  if (mayRetry(category, spentOf(attempts), policy)) return "tried again in the next pass or run";
  return "its retries of this run are used up; the next run tries it again";
}
