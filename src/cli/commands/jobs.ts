// jobs list, retry, hold, release, mark-posted, mark-not-posted. (show and why: job-detail.ts)
import type { Command } from "commander";
import { CATEGORIES } from "../../core/failure.ts";
import { JOB_STATES } from "../../core/job.ts";
import { table } from "../../report/words.ts";
import { type Bench, type Call, does, say, sayJson } from "../cli.ts";
import { documented } from "../help.ts";
import { BY, type Change, changeJobs } from "./change-jobs.ts";
import { addJobDetail } from "./job-detail.ts";
import { addJobExport } from "./job-export.ts";
import { type FilterFlags, filterOf, jobJson, jobRow, limitOf, matching } from "./job-words.ts";

export function addJobCommands(program: Command, bench: Bench): void {
  const jobs = program.command("jobs");
  documented(jobs, {
    about: "look at single jobs and settle them",
    examples: [
      ["jobs list --status unconfirmed", "what may be live"],
      ["jobs why j17", "what happened to it, and why"],
      ["jobs retry --category infrastructure", "shows the list first"],
      ["jobs mark-posted j17", "you looked: it is live"],
      ["jobs export --status failed > again.jsonl", "as a job file"],
    ],
  });
  const list = filtered(jobs.command("list")).option("--limit <N>", "at most so many");
  documented(list, {
    about: "jobs by status, category, account or cause",
    examples: [["jobs list --status failed --limit 20", ""]],
  });
  does<FilterFlags & { limit?: string }>(list, bench, (call, _words, flags) => listJobs(call, flags));
  addJobDetail(jobs, bench);
  addJobExport(filtered(jobs.command("export")), bench);
  addFilteredChanges(jobs, bench);
  addMarks(jobs, bench);
}

function filtered(command: Command): Command {
  return command
    .option("--status <S>", `${JOB_STATES.join(", ")}; several with commas`, (text, before?: string) =>
      before === undefined ? text : `${before},${text}`,
    )
    .option("--category <C>", CATEGORIES.join(", "))
    .option("--account <A>", "of this account")
    .option("--cause <ID>", "of this cause, by its id (c7f3k9m2) or its word (device_offline)");
}

const RETRY: Change = {
  verb: "retry",
  done: "pending again",
  states: ["failed"],
  isSevere: false,
  apply: (desk, ids) => desk.retry(ids, BY),
};
const RELEASE: Change = {
  verb: "release",
  done: "released",
  states: ["held"],
  isSevere: false,
  apply: (desk, ids) => desk.release(ids, BY),
};
const holding = (reason: string): Change => ({
  verb: "hold",
  done: "held",
  states: ["pending", "deferred", "failed"],
  isSevere: false,
  apply: (desk, ids) => desk.hold(ids, BY, reason),
});
const posted = (url: string | null): Change => ({
  verb: "mark as posted",
  done: "marked as posted",
  states: [],
  isSevere: false,
  apply: (desk, ids) => desk.markPosted(ids, BY, url),
});
const NOT_POSTED: Change = {
  verb: "mark as not posted",
  done: "pending again",
  states: [],
  isSevere: true,
  apply: (desk, ids) => desk.markNotPosted(ids, BY),
};

function addFilteredChanges(jobs: Command, bench: Bench): void {
  const retry = filtered(jobs.command("retry").argument("[JOB...]"));
  documented(retry, {
    about: "make failed jobs pending again, with fresh budgets; never unconfirmed ones",
    examples: [
      ["jobs retry j17 j18", "these two"],
      ["jobs retry --cause c7f3k9m2", "what one cause brought about: shows the list, then asks"],
    ],
  });
  does<FilterFlags>(retry, bench, (call, ids, flags) => changeJobs(call, RETRY, ids, flags));

  const hold = filtered(jobs.command("hold").argument("[JOB...]")).option("--reason <TEXT>", "why");
  documented(hold, {
    about: "keep jobs back until they are released",
    examples: [["jobs hold j17 --reason 'wrong caption'", ""]],
  });
  does<FilterFlags & { reason?: string }>(hold, bench, (call, ids, flags) =>
    changeJobs(call, holding(flags.reason ?? "held by a person"), ids, flags),
  );

  const release = filtered(jobs.command("release").argument("[JOB...]"));
  documented(release, { about: "let held jobs go on", examples: [["jobs release j17", ""]] });
  does<FilterFlags>(release, bench, (call, ids, flags) => changeJobs(call, RELEASE, ids, flags));
}

function addMarks(jobs: Command, bench: Bench): void {
  const marking = jobs.command("mark-posted").argument("<JOB...>").option("--url <URL>", "where the post is");
  documented(marking, {
    about: "you looked: these posts are live",
    examples: [["jobs mark-posted j17 --url https://...", ""]],
  });
  does<{ url?: string }>(marking, bench, (call, ids, flags) => changeJobs(call, posted(flags.url ?? null), ids, {}));

  const unmarking = jobs.command("mark-not-posted").argument("<JOB...>");
  documented(unmarking, {
    about: "you looked: these posts are not live, and may be posted again",
    examples: [["jobs mark-not-posted j17", ""]],
  });
  does(unmarking, bench, (call, ids) => changeJobs(call, NOT_POSTED, ids, {}));
}

async function listJobs(call: Call, flags: FilterFlags & { limit?: string }): Promise<number> {
  const filter = filterOf(flags, []);
  const limit = limitOf(flags.limit);
  const ledger = await call.cli.compose.openLedger(call.resolved.stateDir, "existing");
  const rows: string[][] = [];
  try {
    if (ledger !== null) {
      for await (const job of matching(ledger.campaign(call.resolved.campaign), filter, limit)) {
        if (call.json) sayJson(call, "job", jobJson(job));
        else rows.push(jobRow(job));
      }
    }
  } finally {
    await ledger?.close();
  }
  if (call.json) return 0;
  say(call, rows.length === 0 ? ["No such jobs."] : table([["JOB", "ACCOUNT", "STATUS", "TRIES", "WHY"], ...rows]));
  return 0;
}
