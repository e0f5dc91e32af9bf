// jobs show and jobs why: one job, and the chain that led to where it is.
import type { Command } from "commander";
import { followChain } from "../../core/chain.ts";
import { RepriseError } from "../../core/errors.ts";
import { jobId } from "../../core/ids.ts";
import type { AttemptView, JobStory } from "../../ledger/ledger.ts";
import { brief, harmless } from "../../report/harmless.ts";
import { decision, whyJson, whyLines } from "../../report/why.ts";
import { count, duration, moment } from "../../report/words.ts";
import { type Bench, type Call, does, say, sayJson, withLedger } from "../cli.ts";
import { documented } from "../help.ts";
import { jobJson, stateReason } from "./job-words.ts";

export function addJobDetail(jobs: Command, bench: Bench): void {
  const show = jobs.command("show").argument("<JOB>");
  documented(show, { about: "one job with its attempts", examples: [["jobs show j17", ""]] });
  does(show, bench, (call, [id = ""]) => tell(call, id, showLines));

  const why = jobs.command("why").argument("<JOB>");
  documented(why, {
    about: "the chain of attempts, evidence, rules, budget and decision",
    examples: [["jobs why j17", "why is it not posted?"]],
  });
  does(why, bench, (call, [id = ""]) => tell(call, id, (story) => whyLines(story, call.style.prefix)));
}

async function tell(call: Call, id: string, lines: (story: JobStory) => string[]): Promise<number> {
  const story = await withLedger(call, (_ledger, campaign) => campaign.views.job(jobId(id)));
  if (story === null) throw new RepriseError("usage", `no such job: ${id}. All: reprise jobs list`);
  if (call.json) sayJson(call, "job", detailJson(story, call.style.prefix));
  else say(call, lines(story));
  return 0;
}

function detailJson(story: JobStory, prefix: string): object {
  const { job, spec, attempts, moves } = story;
  const { spent } = followChain(attempts, moves);
  return {
    ...jobJson(job),
    priority: spec.priority,
    pool: spec.pool,
    not_before: iso(spec.notBefore),
    not_after: iso(spec.notAfter),
    allow_repost: spec.allowRepost,
    data: spec.data,
    tries: attempts.map(attemptJson),
    why: whyJson(story),
    spent,
    decision: decision(story, spent, prefix),
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

function showLines({ job, spec, attempts }: JobStory): string[] {
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
